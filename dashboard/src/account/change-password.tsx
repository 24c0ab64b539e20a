import { Button, PasswordInput, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.js';
import { useMe } from '../identity/me.js';
import { notice } from '../shell/notices.js';
import { ProblemAlert } from '../pieces/problem-alert.js';
import { Section } from '../pieces/section.js';
import classes from './account.module.css';

const LEAST_PASSWORD = 12;

export function ChangePassword() {
  const { user } = useMe();
  const queryClient = useQueryClient();
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const change = useMutation({
    mutationFn: () => ask<unknown>('POST', '/api/v1/auth/change-password', { currentPassword, newPassword }),
    onSuccess: () => {
      setCurrent('');
      setNew('');
      notice('The password is changed. Your other sign-ins ended.');
      return queryClient.invalidateQueries({ queryKey: ['sign-ins'] });
    },
  });
  return (
    <Section title="Password" lead="Changing it ends your sign-ins on other machines.">
      <form
        className={classes['narrow']}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Stack gap="sm">
          {change.isError && <ProblemAlert error={change.error} />}
          <input
            type="email"
            name="email"
            autoComplete="username"
            value={user?.email ?? ''}
            readOnly
            hidden
          />
          <PasswordInput
            label="Password now"
            required
            autoComplete="current-password"
            value={currentPassword}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label="New password"
            description={`At least ${LEAST_PASSWORD} characters.`}
            required
            minLength={LEAST_PASSWORD}
            autoComplete="new-password"
            value={newPassword}
            onChange={(event) => setNew(event.currentTarget.value)}
          />
          <div>
            <Button type="submit" loading={change.isPending}>
              Change password
            </Button>
          </div>
        </Stack>
      </form>
    </Section>
  );
}
