import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api/ask.js';
import { ApiProblem, messageOf } from '../api/problem.js';
import { IdentityFrame } from './identity-frame.js';
import classes from './identity-frame.module.css';
import { nextAddress } from './next-address.js';

const route = getRouteApi('/sign-in');

/** How often the page tries again by itself while too many people sign in at once. */
const TRIES_AGAIN = 5;

export function SignInPage() {
  const { next, ended } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => ask<unknown>('POST', '/api/v1/auth/sign-in', { email: email.trim(), password }),
    onSuccess: () => {
      queryClient.clear();
      router.history.replace(nextAddress(next));
    },
    onError: (error) => isBusy(error) || setPassword(''),
    retry: (failures, error) => failures < TRIES_AGAIN && isBusy(error),
    retryDelay: (_failures, error) => (error instanceof ApiProblem && error.retryAfterMs) || 2_000,
  });
  return (
    <IdentityFrame title="Sign in" lead={leadOf(next, ended)}>
      <form
        className={classes['form']}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        {signIn.isError && (
          <Alert color="red" variant="light" p="xs" role="alert">
            {refusal(signIn.error)}
          </Alert>
        )}
        {signIn.isPending && signIn.failureCount > 0 && (
          <Alert color="gray" variant="light" p="xs" role="status">
            Many people are signing in. Yours is tried again by itself.
          </Alert>
        )}
        <TextInput
          label="Email"
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" mt="xs" loading={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </IdentityFrame>
  );
}

function leadOf(next: string | undefined, ended: 'yes' | undefined): string | undefined {
  if (ended !== undefined) return 'Your sign-in has ended. Sign in again to go on where you were.';
  return next === undefined ? undefined : 'To go on to the page you asked for.';
}

function isBusy(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === 'auth.busy';
}

function refusal(error: unknown): string {
  if (!(error instanceof ApiProblem)) return messageOf(error);
  if (error.status === 401 || error.status === 400) return 'No account has this email and password.';
  if (error.status === 429) return 'Too many attempts. Wait a little, then try again.';
  return messageOf(error);
}
