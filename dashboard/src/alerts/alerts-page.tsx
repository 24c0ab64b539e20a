import { Button, MultiSelect, SegmentedControl } from '@mantine/core';
import { IconBell, IconBellCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { ButtonLink } from '../pieces/button-link.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
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
    phone: 'corner',
    width: '116px',
    cell: ({ severity }) => <SeverityTag severity={severity} />,
    sortBy: ({ severity }) => RANK[severity],
  },
  {
    id: 'alert',
    header: 'Alert',
    phone: 'title',
    width: 'minmax(260px, 6fr)',
    wraps: true,
    cell: ({ title }) => <ForeignText text={title} longest={200} />,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 'minmax(156px, 1.1fr)',
    cell: ({ kind }) => kindWord(kind),
    sortBy: ({ kind }) => kind,
  },
  {
    id: 'where',
    header: 'Connection',
    width: 'minmax(112px, 1fr)',
    cell: ({ connection }) => (connection ? <ForeignText text={connection.slug} longest={60} /> : NOTHING),
    sortBy: ({ connection }) => connection?.slug ?? null,
  },
  {
    id: 'state',
    header: 'State',
    width: '128px',
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
  const failure = useFailure(alerts);
  const filtered = [search.severity, search.kind, search.connection].some((one) => one !== undefined);
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
      {failure ? (
        <ErrorState what="Alerts" {...failure} />
      ) : alerts.isPending ? (
        <SkeletonRows head rows={10} />
      ) : rows.length === 0 ? (
        search.state === 'resolved' ? (
          <EmptyState icon={IconBell} title="Nothing was resolved yet">
            An alert is resolved by whoever looked after it, or by itself once it stays quiet.
          </EmptyState>
        ) : (
          <EmptyState
            icon={IconBellCheck}
            title={filtered ? 'Nothing that matches is firing' : 'Nothing is firing'}
            action={
              filtered ? (
                <Button variant="default" onClick={() => change({ severity: '', kind: '', connection: '' })}>
                  Show every alert
                </Button>
              ) : (
                <ButtonLink to="/detection" variant="default">
                  Open Detection
                </ButtonLink>
              )
            }
          >
            Unusual traffic, rules with the action alert, and kill switches come here. Detection says what is
            held to be unusual.
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
