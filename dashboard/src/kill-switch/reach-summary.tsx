import { Skeleton } from '@mantine/core';
import { messageOf } from '../api/problem.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Time } from '../pieces/time.js';
import type { KillSwitchReach } from './kill-switch-queries.js';
import classes from './kill-switch.module.css';

/** What a stop would reach, before anybody presses anything. */
export function ReachSummary({
  reach,
  error,
}: {
  readonly reach: KillSwitchReach | undefined;
  readonly error: unknown;
}) {
  if (error) return <p className={classes['problem']}>{messageOf(error)}</p>;
  if (reach === undefined) return <Skeleton height={74} />;
  const { sessions, callsPerMinute, lastUsers } = reach;
  return (
    <dl className={classes['reach']} aria-label="What this stops">
      <div>
        <dt>Active sessions</dt>
        <dd>{sessions.active}</dd>
      </div>
      <div>
        <dt>Calls a minute</dt>
        <dd>{callsPerMinute < 10 ? Math.round(callsPerMinute * 10) / 10 : Math.round(callsPerMinute)}</dd>
      </div>
      <div>
        <dt>Last users</dt>
        <dd className={classes['users']}>
          {lastUsers.length === 0
            ? 'nobody named'
            : lastUsers.map(({ user, lastSeenAt }) => (
                <span key={user}>
                  <ForeignText text={user} longest={60} />{' '}
                  <span className={classes['quiet']}>
                    <Time at={lastSeenAt} />
                  </span>
                </span>
              ))}
        </dd>
      </div>
    </dl>
  );
}
