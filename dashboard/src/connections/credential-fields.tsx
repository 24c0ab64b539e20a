import { PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';

export type AuthType = 'none' | 'bearer' | 'header';

export interface CredentialDraft {
  readonly authType: AuthType;
  readonly authHeaderName: string;
  readonly credential: string;
}

const TYPES = [
  { value: 'none', label: 'None' },
  { value: 'bearer', label: 'Bearer token' },
  { value: 'header', label: 'Header' },
];

interface CredentialFieldsProps {
  readonly draft: CredentialDraft;
  readonly onChange: (draft: CredentialDraft) => void;
  /** Whether one is stored: the field may then stay empty. */
  readonly stored?: boolean;
  readonly errors?: {
    readonly credential?: string | undefined;
    readonly authHeaderName?: string | undefined;
  };
}

/** How the gateway signs in at the upstream. What is written here can be replaced and never read again. */
export function CredentialFields({ draft, onChange, stored = false, errors = {} }: CredentialFieldsProps) {
  const set = (change: Partial<CredentialDraft>) => onChange({ ...draft, ...change });
  return (
    <Stack gap="xs">
      <div>
        <Text component="div" id="auth-type" fw={500} mb={4}>
          How the gateway signs in at the server
        </Text>
        <SegmentedControl
          data={TYPES}
          value={draft.authType}
          onChange={(authType) => set({ authType: authType as AuthType })}
          aria-labelledby="auth-type"
        />
      </div>
      {draft.authType === 'header' && (
        <TextInput
          label="Header"
          placeholder="X-Api-Key"
          required
          maxLength={64}
          value={draft.authHeaderName}
          error={errors.authHeaderName}
          onChange={(event) => set({ authHeaderName: event.currentTarget.value })}
        />
      )}
      {draft.authType !== 'none' && (
        <PasswordInput
          label="Credential"
          required={!stored}
          maxLength={8192}
          autoComplete="off"
          data-1p-ignore
          error={errors.credential}
          description={
            stored ? 'Empty keeps the one that is stored.' : 'Sealed at rest and never shown again.'
          }
          value={draft.credential}
          onChange={(event) => set({ credential: event.currentTarget.value })}
        />
      )}
    </Stack>
  );
}
