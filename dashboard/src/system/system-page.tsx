import { useQuery } from '@tanstack/react-query';
import { useFailure } from '../api/use-failure.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
import { Figures } from '../pieces/facts.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Page } from '../pieces/page.js';
import { Section } from '../pieces/section.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { bytesText, countText, uptimeText } from './figures.js';
import { StateTag } from './state-tag.js';
import { systemQuery, type System } from './system-queries.js';
import classes from './system.module.css';

const DUTIES = {
  serving: 'decides and forwards calls',
  auditing: 'stores what happened',
  analysing: 'looks for what is not normal',
  notifying: 'tells people',
} as const;

const why = (reason: string | null) =>
  reason === null ? null : (
    <span className={classes['quiet']}>
      <ForeignText text={reason} longest={200} />
    </span>
  );

const SERVICES: readonly DataColumn<System['services'][number]>[] = [
  {
    id: 'service',
    header: 'Service',
    phone: 'title',
    width: 'minmax(110px, 1fr)',
    cell: ({ service }) => service,
    sortBy: ({ service }) => service,
  },
  {
    id: 'status',
    header: 'Status',
    phone: 'corner',
    width: '130px',
    cell: ({ status }) => <StateTag state={status} />,
  },
  { id: 'version', header: 'Version', width: '90px', cell: ({ version }) => version || NOTHING },
  {
    id: 'uptime',
    header: 'Up for',
    width: '110px',
    align: 'end',
    cell: ({ uptimeSeconds }) => uptimeText(uptimeSeconds),
  },
  {
    id: 'checks',
    header: 'What is not well',
    width: 'minmax(160px, 2fr)',
    cell: ({ checks, reason }) =>
      why(
        reason ??
          (checks
            .filter(({ ok }) => !ok)
            .map(({ name, detail }) => (detail ? `${name}: ${detail}` : name))
            .join(', ') ||
            null),
      ) ?? NOTHING,
  },
];

const CONSUMERS: readonly DataColumn<System['consumers'][number]>[] = [
  {
    id: 'service',
    header: 'Service',
    phone: 'title',
    width: 'minmax(110px, 1fr)',
    cell: ({ service }) => service,
    sortBy: ({ service }) => service,
  },
  {
    id: 'topic',
    header: 'Topic',
    width: 'minmax(160px, 2fr)',
    cell: ({ topic }) => topic,
    sortBy: ({ topic }) => topic,
  },
  {
    id: 'lag',
    header: 'Still to read',
    width: '120px',
    align: 'end',
    cell: ({ lag }) => countText(lag),
    sortBy: ({ lag }) => lag,
  },
  {
    id: 'reason',
    header: 'Why it is not known',
    width: 'minmax(120px, 2fr)',
    cell: ({ reason }) => why(reason) ?? NOTHING,
  },
];

const SPOOLS: readonly DataColumn<System['spools'][number]>[] = [
  {
    id: 'gateway',
    header: 'Gateway',
    phone: 'title',
    width: 'minmax(110px, 1fr)',
    cell: ({ gateway }) => <ForeignText text={gateway} longest={80} />,
  },
  { id: 'bytes', header: 'On disk', width: '100px', align: 'end', cell: ({ bytes }) => bytesText(bytes) },
  {
    id: 'oldest',
    header: 'Oldest unsent',
    width: '130px',
    align: 'end',
    cell: ({ oldestUnsentAt, reason }) =>
      reason === null ? <Time at={oldestUnsentAt} empty="all sent" /> : 'unknown',
  },
  {
    id: 'state',
    header: 'State',
    phone: 'corner',
    width: 'minmax(140px, 2fr)',
    cell: ({ refusing, sending, reason }) =>
      why(reason) ?? <StateTag state={refusing ? 'down' : sending === false ? 'behind' : 'ok'} />,
  },
];

const DEAD_LETTERS: readonly DataColumn<System['deadLetters'][number]>[] = [
  { id: 'topic', header: 'Topic', phone: 'title', width: 'minmax(160px, 2fr)', cell: ({ topic }) => topic },
  { id: 'records', header: 'Held', width: '90px', align: 'end', cell: ({ records }) => countText(records) },
  {
    id: 'reason',
    header: 'Why it is not known',
    width: 'minmax(120px, 2fr)',
    cell: ({ reason }) => why(reason) ?? NOTHING,
  },
];

/** Hidden while every row is silent there. */
const unless = (said: boolean, ...ids: readonly string[]): readonly string[] => (said ? [] : ids);

/** How the whole deployment is doing, and what of it nobody could say. */
export function SystemPage() {
  const system = useQuery(systemQuery);
  const failure = useFailure(system);
  return (
    <Page
      title="System"
      lead={
        system.data && (
          <>
            As of <Time at={system.data.asOf} />. The whole deployment, whatever the organization.
          </>
        )
      }
    >
      {system.data ? (
        <Overview system={system.data} />
      ) : failure === null ? (
        <SkeletonRows head rows={14} />
      ) : (
        <ErrorState what="The state of the system" {...failure} />
      )}
    </Page>
  );
}

function Overview({
  system: { activities, services, consumers, spools, deadLetters, store, log },
}: {
  readonly system: System;
}) {
  return (
    <>
      <ul className={classes['duties']} aria-label="Duties">
        {Object.entries(DUTIES).map(([duty, means]) => {
          const activity = activities[duty as keyof typeof DUTIES];
          return (
            <li key={duty}>
              <strong>{duty}</strong>
              <StateTag state={activity?.state ?? 'unknown'} />
              <span className={classes['quiet']}>{activity?.reason ?? means}</span>
            </li>
          );
        })}
      </ul>
      <Section title="Services">
        <DataTable
          label="Services"
          columns={SERVICES}
          rows={services}
          hidden={unless(
            services.some(({ reason, checks }) => reason !== null || checks.some(({ ok }) => !ok)),
            'checks',
          )}
          rowId={({ service }) => service}
        />
      </Section>
      <div className={classes['beside']}>
        <Section title="Consumers of the log">
          <DataTable
            label="Consumers"
            columns={CONSUMERS}
            rows={consumers}
            hidden={unless(
              consumers.some(({ reason }) => reason !== null),
              'reason',
            )}
            rowId={({ group, topic }) => `${group} ${topic}`}
          />
        </Section>
        <div>
          <Section title="Spools of the gateways">
            <DataTable label="Spools" columns={SPOOLS} rows={spools} rowId={({ gateway }) => gateway} />
          </Section>
          <Section title="Dead letters">
            <DataTable
              label="Dead letters"
              columns={DEAD_LETTERS}
              rows={deadLetters}
              hidden={unless(
                deadLetters.some(({ reason }) => reason !== null),
                'reason',
              )}
              rowId={({ topic }) => topic}
            />
          </Section>
        </div>
      </div>
      <Section title="Audit store and log">
        <Figures
          figures={[
            ['Rows', countText(store.rows)],
            ['Size on disk', bytesText(store.bytes)],
            ['Oldest row', <Time key="oldest" at={store.oldestAt} empty="none" />],
            ['Newest row', <Time key="newest" at={store.newestAt} empty="none" />],
            [
              'Event log',
              `${log.backend === 'kafka' ? 'Kafka' : 'PostgreSQL'}${log.reachable ? '' : ', not reachable'}`,
            ],
          ]}
        />
        {why(store.reason)} {why(log.reason)}
      </Section>
    </>
  );
}
