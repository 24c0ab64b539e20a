import { Button, Group, Textarea } from '@mantine/core';
import { IconHandStop, IconListSearch, IconPlayerPlay, IconShieldCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../identity/me.js';
import { stopProofText } from '../kill-switch/kill-switch-queries.js';
import { ButtonLink } from '../pieces/button-link.js';
import { Facts } from '../pieces/facts.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { ShortId } from '../pieces/short-id.js';
import { SidePanel } from '../pieces/side-panel.js';
import { Time } from '../pieces/time.js';
import { notice, reportProblem } from '../shell/notices.js';
import { SESSIONS, resume, suspend, type Session } from './session-queries.js';
import { SessionStatusTag } from './session-status-tag.js';
import { durationText } from './sessions-search.js';
import classes from './sessions.module.css';

/** One agent session: who it is, what it does, and the button that ends it. */
export function SessionPanel({
  session,
  onClose,
}: {
  readonly session: Session;
  readonly onClose: () => void;
}) {
  const {
    id,
    connection,
    key,
    user,
    status,
    calls,
    lastTool,
    startedAt,
    lastSeenAt,
    suspendedAt,
    suspendedReason,
  } = session;
  const facts: readonly (readonly [string, string | null])[] = [
    ['Agent', key.agent ?? key.label],
    ['API key', key.label],
    ['User', user],
    ['Connection', connection],
    ['Last tool', lastTool],
  ];
  return (
    <SidePanel
      label="Session"
      subject={id}
      onClose={onClose}
      title={
        <>
          Session <ShortId id={id} label="id of the session" />
        </>
      }
    >
      <p className={classes['status']}>
        <SessionStatusTag status={status} />
        {suspendedAt !== null && (
          <span className={classes['quiet']}>
            since <Time at={suspendedAt} />
            {suspendedReason !== null && (
              <>
                : <ForeignText text={suspendedReason} />
              </>
            )}
          </span>
        )}
      </p>
      <SessionOrder session={session} key={`${id}-${status}`} />
      <Facts
        facts={[
          ...facts.map(
            ([name, value]) =>
              [name, value === null ? null : <ForeignText key={name} text={value} longest={200} />] as const,
          ),
          ['Calls', calls.toLocaleString('en')],
          ['Began', <Time key="began" at={startedAt} />],
          ['Last call', <Time key="last" at={lastSeenAt} />],
          ['Lasted', durationText(Date.parse(lastSeenAt) - Date.parse(startedAt))],
        ]}
      />
      <ButtonLink
        to="/lens"
        search={{ q: `session:${id}`, from: startedAt, to: 'now' }}
        variant="light"
        size="xs"
        leftSection={<IconListSearch size={14} aria-hidden />}
      >
        Show its calls
      </ButtonLink>
    </SidePanel>
  );
}

function SessionOrder({ session: { id, status } }: { readonly session: Session }) {
  const mayWrite = useMay('sessions:write');
  const [reason, setReason] = useState('');
  const [asking, setAsking] = useState(false);
  const cache = useQueryClient();
  const again = () => cache.invalidateQueries({ queryKey: SESSIONS });
  const stop = useMutation({
    mutationFn: () => suspend(id, reason.trim()),
    onSuccess: again,
    onError: reportProblem('The session goes on'),
  });
  const go = useMutation({
    mutationFn: () => resume(id),
    onSuccess: () => {
      notice('The session may go on.');
      return again();
    },
    onError: reportProblem('The session is still suspended'),
  });
  if (stop.isSuccess)
    return (
      <p className={classes['proof']} role="status">
        <IconShieldCheck size={16} aria-hidden /> {stopProofText(stop.data)}
      </p>
    );
  if (!mayWrite || status === 'completed') return null;
  if (status === 'suspended') {
    return (
      <Button
        mb="sm"
        variant="default"
        leftSection={<IconPlayerPlay size={15} aria-hidden />}
        loading={go.isPending}
        onClick={() => go.mutate()}
      >
        Resume
      </Button>
    );
  }
  if (!asking)
    return (
      <Button
        mb="sm"
        color="red"
        leftSection={<IconHandStop size={15} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        Suspend…
      </Button>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim() !== '') stop.mutate();
      }}
    >
      <Textarea
        label="Reason"
        description="The agent sees it with every refusal."
        required
        maxLength={1000}
        autoFocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Group my="sm" gap="xs">
        <Button type="submit" color="red" loading={stop.isPending} disabled={reason.trim() === ''}>
          Suspend now
        </Button>
        <Button variant="default" onClick={() => setAsking(false)}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
