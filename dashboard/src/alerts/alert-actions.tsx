import { Button, Group, Menu, Stack, TextInput } from '@mantine/core';
import {
  IconBell,
  IconBellOff,
  IconCheck,
  IconHandStop,
  IconRotateClockwise,
  IconUserCheck,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { useMay } from '../identity/me.js';
import { askToStop } from '../kill-switch/kill-switch-request.js';
import { notice, reportProblem } from '../shell/notices.js';
import { ALERTS, actOn, type AlertAction, type AlertDetail } from './alert-queries.js';
import { muteUntil } from './alert-words.js';

const DONE: Record<AlertAction, string> = {
  acknowledge: 'You look after it.',
  resolve: 'Resolved.',
  reopen: 'Open again.',
  mute: 'Muted.',
  unmute: 'Told of again.',
};

/** What a person can do about an alert: stop its cause, or say how it stands. */
export function AlertActions({ alert }: { readonly alert: AlertDetail }) {
  const mayWrite = useMay('alerts:write');
  const mayStop = useMay('kill-switches:write');
  const [note, setNote] = useState('');
  const cache = useQueryClient();
  const act = useMutation({
    mutationFn: ({ action, until }: { action: AlertAction; until?: string }) =>
      actOn(alert.id, action, { note, until }),
    onSuccess: (_, { action }) => {
      setNote('');
      notice(DONE[action]);
      return cache.invalidateQueries({ queryKey: ALERTS });
    },
    onError: reportProblem('The alert is as it was'),
  });
  const firing = alert.state !== 'resolved';
  const stoppable = stopOf(alert);
  const isStop = alert.kind === 'kill_switch';
  useShortcuts([
    {
      keys: 'x',
      label: 'Stop what caused it',
      group: 'Alert',
      run: () =>
        mayStop && !isStop && askToStop({ ...stoppable, reason: `Alert: ${alert.title}`.slice(0, 500) }),
    },
    {
      keys: 'a',
      label: 'Acknowledge',
      group: 'Alert',
      run: () => mayWrite && firing && act.mutate({ action: 'acknowledge' }),
    },
    {
      keys: 'e',
      label: 'Resolve',
      group: 'Alert',
      run: () => mayWrite && firing && act.mutate({ action: 'resolve' }),
    },
  ]);
  const mute = (choice: '1h' | '4h' | 'tomorrow') =>
    act.mutate({ action: 'mute', until: muteUntil(choice, new Date()).toISOString() });

  return (
    <Stack gap="xs">
      <Group gap="xs">
        {mayStop && !isStop && (
          <Button
            color="red"
            leftSection={<IconHandStop size={15} aria-hidden />}
            onClick={() => askToStop({ ...stoppable, reason: `Alert: ${alert.title}`.slice(0, 500) })}
          >
            {stoppable.scope === 'session' ? 'Suspend the session' : 'Stop it'}
          </Button>
        )}
        {mayWrite && (
          <>
            {firing && alert.state !== 'acknowledged' && (
              <Button
                variant="default"
                leftSection={<IconUserCheck size={15} aria-hidden />}
                loading={act.isPending}
                onClick={() => act.mutate({ action: 'acknowledge' })}
              >
                Acknowledge
              </Button>
            )}
            {firing ? (
              <Button
                variant="default"
                leftSection={<IconCheck size={15} aria-hidden />}
                onClick={() => act.mutate({ action: 'resolve' })}
              >
                Resolve
              </Button>
            ) : (
              <Button
                variant="default"
                leftSection={<IconRotateClockwise size={15} aria-hidden />}
                onClick={() => act.mutate({ action: 'reopen' })}
              >
                Reopen
              </Button>
            )}
            {alert.mutedUntil === null ? (
              firing && (
                <Menu position="bottom-start" shadow="md">
                  <Menu.Target>
                    <Button variant="default" leftSection={<IconBellOff size={15} aria-hidden />}>
                      Mute
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => mute('1h')}>For an hour</Menu.Item>
                    <Menu.Item onClick={() => mute('4h')}>For four hours</Menu.Item>
                    <Menu.Item onClick={() => mute('tomorrow')}>Until tomorrow, 9:00</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )
            ) : (
              <Button
                variant="default"
                leftSection={<IconBell size={15} aria-hidden />}
                onClick={() => act.mutate({ action: 'unmute' })}
              >
                Unmute
              </Button>
            )}
          </>
        )}
      </Group>
      {mayWrite && (
        <TextInput
          aria-label="Note"
          placeholder="A note to go with what you do (optional)"
          maxLength={1000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      )}
    </Stack>
  );
}

/** The narrowest stop that ends what the alert is about. */
function stopOf({ session, key, connection }: AlertDetail) {
  if (session !== null) return { scope: 'session' as const, target: session };
  if (key !== null) return { scope: 'agent' as const, target: key.id };
  return { scope: 'connection' as const, target: connection?.id ?? null };
}
