import { SegmentedControl, Skeleton } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { ButtonLink } from '../pieces/button-link.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { Page } from '../pieces/page.js';
import { SidePanel } from '../pieces/side-panel.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { SessionPanel } from './session-panel.js';
import { sessionQuery, sessionsQuery, type Session } from './session-queries.js';
import { SessionStatusTag } from './session-status-tag.js';
import { durationText, type SessionsSearch } from './sessions-search.js';
import classes from './sessions.module.css';

const route = getRouteApi('/signed-in/sessions');
const lasted = ({ startedAt, lastSeenAt }: Session) => Date.parse(lastSeenAt) - Date.parse(startedAt);
const text = (value: string | null) => (value === null ? NOTHING : <ForeignText text={value} longest={80} />);

const COLUMNS: readonly DataColumn<Session>[] = [
  {
    id: 'status',
    header: 'Status',
    phone: 'corner',
    width: '116px',
    cell: ({ status }) => <SessionStatusTag status={status} />,
    sortBy: ({ status }) => status,
  },
  {
    id: 'agent',
    header: 'Agent',
    phone: 'title',
    width: 'minmax(120px, 1.4fr)',
    cell: ({ key }) => text(key.agent ?? key.label),
    sortBy: ({ key }) => key.agent ?? key.label,
  },
  {
    id: 'user',
    header: 'User',
    width: 'minmax(110px, 1.6fr)',
    cell: ({ user }) => text(user),
    sortBy: ({ user }) => user,
  },
  {
    id: 'connection',
    header: 'Connection',
    width: 'minmax(100px, 1fr)',
    cell: ({ connection }) => text(connection),
    sortBy: ({ connection }) => connection,
  },
  { id: 'tool', header: 'Last tool', width: 'minmax(110px, 1.4fr)', cell: ({ lastTool }) => text(lastTool) },
  {
    id: 'calls',
    header: 'Calls',
    width: '70px',
    align: 'end',
    cell: ({ calls }) => calls,
    sortBy: ({ calls }) => calls,
  },
  {
    id: 'lasted',
    header: 'Lasted',
    width: '96px',
    align: 'end',
    cell: (session) => durationText(lasted(session)),
    sortBy: lasted,
  },
  {
    id: 'seen',
    header: 'Last call',
    width: '110px',
    align: 'end',
    cell: ({ lastSeenAt }) => <Time at={lastSeenAt} />,
    sortBy: ({ lastSeenAt }) => lastSeenAt,
  },
];

const EMPTY: Record<SessionsSearch['status'], { readonly title: string; readonly children: string }> = {
  active: {
    title: 'Nobody is at work',
    children: 'A session begins with the first call of an agent and ends after half an hour of silence.',
  },
  suspended: {
    title: 'Nobody is suspended',
    children:
      'Suspend a session from its panel, from an alert, or with the kill switch: its calls are refused at once.',
  },
  completed: {
    title: 'No session has ended yet',
    children: 'A session is over once its agent has been silent for half an hour.',
  },
  all: { title: 'No sessions yet', children: 'A session begins with the first call of an agent.' },
};

/** Who is at work right now, and the way to stop them. */
export function SessionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sessions = useInfiniteQuery(sessionsQuery(search));
  const rows = sessions.data?.pages.flatMap((page) => page.rows) ?? [];
  const failure = useFailure(sessions);
  const listed = rows.find(({ id }) => id === search.session);
  // A link may name a session that is far down the list, or in another state by now.
  const named = useQuery({
    ...sessionQuery(search.session ?? ''),
    enabled: search.session !== undefined && listed === undefined && !sessions.isPending,
  });
  const namedFailure = useFailure(named);
  const open = listed ?? (search.session === undefined ? undefined : named.data);
  const go = (to: SessionsSearch, replace = false) => void navigate({ search: to, replace });

  return (
    <Page
      title="Sessions"
      lead="An agent at a connection, from its first call until it is silent for half an hour."
    >
      <div className={classes['filters']}>
        <SegmentedControl
          aria-label="Status"
          value={search.status}
          onChange={(status) => go({ status: status as SessionsSearch['status'] })}
          data={[
            { value: 'active', label: 'Active' },
            { value: 'suspended', label: 'Suspended' },
            { value: 'completed', label: 'Completed' },
            { value: 'all', label: 'All' },
          ]}
        />
      </div>
      {failure ? (
        <ErrorState what="Sessions" {...failure} />
      ) : sessions.isPending ? (
        <SkeletonRows head rows={10} />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={IconUsersGroup}
          {...EMPTY[search.status]}
          action={
            search.status === 'active' && (
              <ButtonLink to="/connections" variant="default">
                Connect an agent
              </ButtonLink>
            )
          }
        />
      ) : (
        <DataTable
          label="Sessions"
          columns={COLUMNS}
          rows={rows}
          rowId={({ id }) => id}
          openId={search.session ?? null}
          onOpen={({ id }) => go({ status: search.status, session: id }, search.session !== undefined)}
          onEnd={() => sessions.hasNextPage && !sessions.isFetchingNextPage && void sessions.fetchNextPage()}
        />
      )}
      {open === undefined && search.session !== undefined && failure === null && (
        <SidePanel label="Session" title="Session" onClose={() => go({ status: search.status })}>
          {namedFailure ? (
            <ErrorState title="This session cannot be shown" {...namedFailure} />
          ) : (
            <Skeleton height={260} />
          )}
        </SidePanel>
      )}
      {open !== undefined && <SessionPanel session={open} onClose={() => go({ status: search.status })} />}
    </Page>
  );
}
