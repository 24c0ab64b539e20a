import { Alert, Button, Group, Radio, Stack, TextInput } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { ROLES, type Role } from '@portcullis/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.js';
import { CodeBlock } from '../pieces/code-block.js';
import { Dialog } from '../pieces/dialog.js';
import { visibleText } from '../pieces/hostile-text.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { Time } from '../pieces/time.js';
import { invitationLink, type MadeInvitation } from './invitation-queries.js';
import { ROLE_MEANS } from './roles.js';

/** Asks somebody in. The link is shown once, to be handed over. */
export function InviteMember({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Invite a member" size="md">
      {opened && <InviteForm onClose={onClose} />}
    </Dialog>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('auditor');
  const queryClient = useQueryClient();
  const invite = useMutation({
    mutationFn: () => ask<MadeInvitation>('POST', '/api/v1/invitations', { email: email.trim(), role }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['invitations'] }),
    gcTime: 0,
  });
  if (invite.isSuccess) {
    return (
      <Stack>
        <Alert
          variant="light"
          color="green"
          icon={<IconMail size={18} />}
          title={`${visibleText(invite.data.email, 80)} is invited`}
        >
          Hand this link over. It works once, until <Time at={invite.data.expiresAt} />, and is not shown
          again.
        </Alert>
        <CodeBlock code={invitationLink(invite.data, window.location.origin)} label="invitation link" wrap />
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        invite.mutate();
      }}
    >
      <Stack>
        {invite.isError && <ProblemAlert error={invite.error} />}
        <TextInput
          label="Email"
          type="email"
          required
          maxLength={320}
          data-autofocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Radio.Group label="Role" value={role} onChange={(value) => setRole(value as Role)}>
          <Stack gap={6} mt={6}>
            {ROLES.map((one) => (
              <Radio key={one} value={one} label={one} description={ROLE_MEANS[one]} size="xs" />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={invite.isPending}>
            Invite
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
