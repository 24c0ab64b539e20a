import { Button, MultiSelect, SegmentedControl } from '@mantine/core';
import { IconBell, IconBellCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ButtonLink } from '../pieces/button-link.js';
import { DataTable, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Page } from '../pieces/page.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { AlertPanel } from './alert-panel.js';
import { alertsQuery, type AlertRow } from './alert-queries.js';
import { kindWord } from './alert-words.js';
import classes from './alerts.module.css';
import type { AlertsSearch } from './alerts-search.js';
import { AlertStateTag, SeverityTag } from './severity-tag.js';

const route = getRouteApi('/signed-in/alerts');
const RANK: Record<AlertRow['severity'], number> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };

const COLUMNS: readonly DataColumn<AlertRow>[] = [
  {
    id: 'severity',
    header: 'Severity',
    width: '116px',
    cell: ({ severity }) => <SeverityTag severity={severity} />,
    sortBy: ({ severity }) => RANK[severity],
  },
  {
    id: 'alert',
    header: 'Alert',
    width: 'minmax(220px, 5fr)',
    cell: ({ title }) => <ForeignText text={title} longest={200} />,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 'minmax(110px, 1fr)',
    cell: ({ kind }) => kindWord(kind),
    sortBy: ({ kind }) => kind,
  },
  {
    id: 'where',
    header: 'Connection',
    width: 'minmax(112px, 1fr)',
    cell: ({ connection }) => (connection ? <ForeignText text={connection.slug} longest={60} /> : '–'),
    sortBy: ({ connection }) => connection?.slug ?? null,
  },
  {
    id: 'state',
    header: 'State',
    width: '136px',
    cell: (alert) => <AlertStateTag alert={alert} />,
    sortBy: ({ state }) => state,
  },
  {
    id: 'times',
    header: 'Fired',
    width: '70px',
    align: 'end',
    cell: ({ occurrences }) => occurrences,
    sortBy: ({ occurrences }) => occurrences,
  },
  {
    id: 'last',
    header: 'Last',
    width: '110px',
    align: 'end',
    cell: ({ lastSeenAt }) => <Time at={lastSeenAt} />,
    sortBy: ({ lastSeenAt }) => lastSeenAt,
  },
];

/** The inbox of whoever is on call. */
export function AlertsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const alerts = useInfiniteQuery(alertsQuery(search));
  const rows = alerts.data?.pages.flatMap((page) => page.rows) ?? [];
  const change = (to: Partial<AlertsSearch>, replace = false) =>
    void navigate({
      search: (before) =>
        Object.fromEntries(
          Object.entries({ ...before, ...to }).filter(([, value]) => value !== undefined && value !== ''),
        ) as unknown as AlertsSearch,
      replace,
    });

  return (
    <Page
      title="Alerts"
      lead="What fires now, what it was told from, and who looks after it."
      actions={
        <ButtonLink to="/notifications" search={{ tab: 'routes' }} variant="default">
          Routes and channels
        </ButtonLink>
      }
    >
      <div className={classes['filters']}>
        <SegmentedControl
          aria-label="State"
          value={search.state}
          onChange={(state) =>
            change({ state: state as AlertsSearch['state'], alert: undefined } as Partial<AlertsSearch>)
          }
          data={[
            { value: 'firing', label: 'Firing' },
            { value: 'waiting', label: 'Unacknowledged' },
            { value: 'resolved', label: 'Resolved' },
          ]}
        />
        <MultiSelect
          aria-label="Severities"
          placeholder={search.severity === undefined ? 'Any severity' : ''}
          w={240}
          clearable
          clearButtonProps={{ 'aria-label': 'Any severity' }}
          data={['critical', 'high', 'medium', 'low', 'info']}
          value={search.severity?.split(',') ?? []}
          onChange={(chosen) => change({ severity: chosen.join(',') })}
        />
        {search.kind !== undefined && (
          <Button variant="light" size="compact-sm" onClick={() => change({ kind: '' })}>
            {kindWord(search.kind)} ×
          </Button>
        )}
        {search.connection !== undefined && (
          <Button variant="light" size="compact-sm" onClick={() => change({ connection: '' })}>
            <ForeignText text={search.connection} longest={40} /> ×
          </Button>
        )}
      </div>
      {alerts.error !== null && alerts.data === undefined ? (
        <ErrorState error={alerts.error} onRetry={() => void alerts.refetch()} />
      ) : alerts.isPending ? (
        <SkeletonRows rows={10} height={38} />
      ) : rows.length === 0 ? (
        search.state === 'resolved' ? (
          <EmptyState icon={IconBell} title="Nothing was resolved yet" />
        ) : (
          <EmptyState icon={IconBellCheck} title="Nothing is firing">
            Findings of the anomaly service, rules with the action alert, and kill switches come here.
          </EmptyState>
        )
      ) : (
        <DataTable
          label="Alerts"
          columns={COLUMNS}
          rows={rows}
          rowId={({ id }) => id}
          openId={search.alert ?? null}
          onOpen={({ id }) => change({ alert: id }, search.alert !== undefined)}
          onEnd={() => alerts.hasNextPage && !alerts.isFetchingNextPage && void alerts.fetchNextPage()}
        />
      )}
      {search.alert !== undefined && <AlertPanel id={search.alert} onClose={() => change({ alert: '' })} />}
    </Page>
  );
}
