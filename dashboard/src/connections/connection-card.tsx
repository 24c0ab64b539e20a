import { Skeleton } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed, IconCircleOff, IconCircleX } from '@tabler/icons-react';
import type { ConnectionView } from '@portcullis/contracts';
import { Link } from '@tanstack/react-router';
import { useNow } from '../pieces/clock.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { MinuteBars } from '../pieces/minute-bars.js';
import { Tag } from '../pieces/tag.js';
import { Time } from '../pieces/time.js';
import { healthOf, MINUTES, type ConnectionTraffic } from './connection-traffic.js';
import classes from './connections.module.css';

const SHAPES = {
  healthy: IconCircleCheck,
  failing: IconCircleX,
  quiet: IconCircleDashed,
  disabled: IconCircleOff,
} as const;

interface ConnectionCardProps {
  readonly connection: ConnectionView;
  readonly traffic: ConnectionTraffic | undefined;
  readonly known: TrafficKnown;
}

/** Whether the calls were looked at; without it nothing is said of health. */
export type TrafficKnown = 'yes' | 'coming' | 'no';

export function ConnectionCard({ connection, traffic, known }: ConnectionCardProps) {
  const { slug, name, upstreamUrl, enabled } = connection;
  return (
    <li className={classes['card']} data-disabled={!enabled || undefined}>
      <div className={classes['head']}>
        <Link to="/connections/$slug" params={{ slug }} className={classes['name']} data-connection>
          <ForeignText text={name} longest={120} />
        </Link>
        <HealthTag enabled={enabled} traffic={traffic} known={known} />
      </div>
      <div className={classes['slug']}>{slug}</div>
      <div className={classes['upstream']} title={upstreamUrl}>
        <ForeignText text={upstreamUrl} longest={200} />
      </div>
      <MinuteBars counts={traffic?.perMinute ?? NO_CALLS} label={`Calls of the last ${MINUTES} minutes`} />
      <dl className={classes['facts']}>
        <div>
          <dt>Calls a minute</dt>
          <dd>{known === 'yes' ? (traffic?.rate ?? 0).toFixed(1) : <NotYet known={known} />}</dd>
        </div>
        <div>
          <dt>Last error</dt>
          <dd>
            {traffic?.lastError ? (
              <LastError error={traffic.lastError} />
            ) : known === 'yes' ? (
              'none in 24 h'
            ) : (
              <NotYet known={known} />
            )}
          </dd>
        </div>
      </dl>
    </li>
  );
}

export function HealthTag({
  enabled,
  traffic,
  known,
}: {
  enabled: boolean;
  traffic: ConnectionTraffic | undefined;
  known: TrafficKnown;
}) {
  const health = healthOf(enabled, traffic, useNow());
  if (enabled && known === 'coming') return <Skeleton height={18} width={72} radius="sm" />;
  if (enabled && known === 'no') return null;
  return (
    <Tag
      tone={health.tone}
      icon={SHAPES[health.word as keyof typeof SHAPES]}
      word={health.word}
      title={health.means}
    />
  );
}

function NotYet({ known }: { known: TrafficKnown }) {
  return known === 'coming' ? <Skeleton height={12} width={48} mt={4} /> : <>not known</>;
}

/** What a query of the calls tells of its connections. */
export function trafficKnown({
  isSuccess,
  isFetching,
}: {
  isSuccess: boolean;
  isFetching: boolean;
}): TrafficKnown {
  return isSuccess ? 'yes' : isFetching ? 'coming' : 'no';
}

function LastError({ error: { time, error, tool } }: { error: NonNullable<ConnectionTraffic['lastError']> }) {
  return (
    <>
      <ForeignText text={error || 'unknown'} mono longest={60} /> in{' '}
      <ForeignText text={tool || 'a request'} mono longest={60} />, <Time at={time} />
    </>
  );
}

const NO_CALLS = Array.from({ length: MINUTES }, () => 0);

/** Cards to be, as large as cards. */
export function CardSkeletons() {
  return (
    <ul className={classes['cards']} aria-busy="true" aria-label="Loading">
      {Array.from({ length: 3 }, (_, index) => (
        <li key={index} className={classes['card']}>
          <Skeleton height={16} width="60%" />
          <Skeleton height={10} width="35%" mt={8} />
          <Skeleton height={28} mt={26} />
          <Skeleton height={30} mt={14} />
        </li>
      ))}
    </ul>
  );
}
