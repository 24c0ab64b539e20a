import { Alert, Button, Loader, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api/ask.js';
import { ApiProblem, messageOf } from '../api/problem.js';
import { visibleText } from '../pieces/hostile-text.js';
import { ErrorState } from '../pieces/states.js';
import { IdentityFrame } from './identity-frame.js';
import classes from './identity-frame.module.css';

/** What an invitation says to whoever holds its link. */
interface Invitation {
  readonly email: string;
  readonly organization: { readonly name: string };
  readonly role: string;
  /** Whether the address has an account already: its own password then, and no name. */
  readonly hasAccount: boolean;
}

const route = getRouteApi('/invitations/$token');
const LEAST_PASSWORD = 12;

export function AcceptInvitationPage() {
  const { token } = route.useParams();
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => ask<Invitation>('GET', `/api/v1/auth/invitations/${encodeURIComponent(token)}`),
    retry: false,
  });
  if (invitation.isPending) {
    return (
      <IdentityFrame title="Invitation">
        <Loader size="sm" mt="md" aria-label="Loading" />
      </IdentityFrame>
    );
  }
  if (invitation.isError) {
    const { error } = invitation;
    const unusable = error instanceof ApiProblem && error.isRefusal;
    return (
      <IdentityFrame title="Invitation">
        {unusable ? (
          <ErrorState error={error} title="This invitation cannot be used" />
        ) : (
          <ErrorState what="The invitation" error={error} onRetry={() => void invitation.refetch()} />
        )}
      </IdentityFrame>
    );
  }
  return <AcceptForm token={token} invitation={invitation.data} />;
}

function AcceptForm({ token, invitation }: { token: string; invitation: Invitation }) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const accept = useMutation({
    mutationFn: () =>
      ask<unknown>('POST', '/api/v1/auth/accept-invitation', {
        token,
        ...(invitation.hasAccount ? {} : { name: name.trim() }),
        password,
      }),
    onSuccess: () => {
      queryClient.clear();
      router.history.replace('/');
    },
  });
  return (
    <IdentityFrame
      title={`Join ${visibleText(invitation.organization.name, 100)}`}
      lead={`${visibleText(invitation.email, 200)} was invited as ${invitation.role}.`}
    >
      <form
        className={classes['form']}
        onSubmit={(event) => {
          event.preventDefault();
          accept.mutate();
        }}
      >
        {accept.isError && (
          <Alert color="red" variant="light" p="xs" role="alert">
            {messageOf(accept.error)}
          </Alert>
        )}
        {!invitation.hasAccount && (
          <TextInput
            label="Your name"
            autoComplete="name"
            required
            maxLength={200}
            autoFocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          label={invitation.hasAccount ? 'Your password' : 'Choose a password'}
          required
          description={invitation.hasAccount ? undefined : `At least ${LEAST_PASSWORD} characters.`}
          autoComplete={invitation.hasAccount ? 'current-password' : 'new-password'}
          minLength={invitation.hasAccount ? undefined : LEAST_PASSWORD}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" mt="xs" loading={accept.isPending}>
          Join
        </Button>
      </form>
    </IdentityFrame>
  );
}
