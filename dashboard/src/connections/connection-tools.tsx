import { IconTool } from '@tabler/icons-react';
import type { ConnectionView, ToolView } from '@portcullis/contracts';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { EmptyState, ErrorState, SkeletonRows } from '../pieces/states.js';
import { Time } from '../pieces/time.js';
import { toolsQuery } from './connection-queries.js';
import { ToolPanel } from './tool-panel.js';
import { toolUsageQuery, type ToolUsage } from './tool-usage.js';

const route = getRouteApi('/signed-in/connections/$slug');

/** The tools agents were shown through the gateway: since when, and who calls them. */
export function ConnectionTools({ connection: { slug } }: { connection: ConnectionView }) {
  const { tool: openName } = route.useSearch();
  const navigate = route.useNavigate();
  const tools = useQuery(toolsQuery(slug));
  const failure = useFailure(tools);
  const usage = useQuery({ ...toolUsageQuery(slug), enabled: useMay('audit:read') });
  const columns = useMemo(() => columnsOf(usage.data), [usage.data]);
  if (failure) return <ErrorState what="Tools" {...failure} />;
  if (tools.data === undefined) return <SkeletonRows head />;
  if (tools.data.length === 0) {
    return (
      <EmptyState icon={IconTool} title="No tools seen yet">
        They appear when an agent lists the tools of this connection through the gateway.{' '}
        <Link to="/connections/$slug" params={{ slug }} search={{ tab: 'use' }}>
          Connect an agent
        </Link>
      </EmptyState>
    );
  }
  const open = (name: string | undefined) =>
    void navigate({ search: { tab: 'tools', ...(name === undefined ? {} : { tool: name }) } });
  const shown = tools.data.find(({ name }) => name === openName);
  return (
    <>
      <DataTable
        label="Tools"
        columns={columns}
        rows={tools.data}
        rowId={({ name }) => name}
        onOpen={({ name }) => open(name)}
        openId={shown?.name ?? null}
      />
      {shown && (
        <ToolPanel
          slug={slug}
          tool={shown}
          usage={usage.data?.get(shown.name)}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}

function columnsOf(usage: ReadonlyMap<string, ToolUsage> | undefined): DataColumn<ToolView>[] {
  const of = ({ name }: ToolView) => usage?.get(name);
  return [
    {
      id: 'name',
      header: 'Tool',
      phone: 'title',
      width: 'minmax(180px, 1.4fr)',
      sortBy: ({ name }) => name,
      cell: ({ name }) => <ForeignText text={name} mono longest={120} />,
    },
    {
      id: 'description',
      header: 'What it says of itself',
      width: 'minmax(200px, 2.4fr)',
      cell: ({ description }) => (description ? <ForeignText text={description} longest={160} /> : NOTHING),
    },
    {
      id: 'calls',
      header: 'Calls, 7 d',
      width: '92px',
      align: 'end',
      sortBy: (tool) => of(tool)?.calls ?? 0,
      cell: (tool) => of(tool)?.calls ?? (usage ? 0 : NOTHING),
    },
    {
      id: 'agents',
      header: 'Agents',
      width: 'minmax(110px, 1fr)',
      cell: (tool) => {
        const agents = of(tool)?.agents.join(', ') ?? '';
        return agents === '' ? NOTHING : <ForeignText text={agents} longest={100} />;
      },
    },
    {
      id: 'first',
      header: 'First seen',
      width: '104px',
      sortBy: ({ firstSeenAt }) => firstSeenAt,
      cell: ({ firstSeenAt }) => <Time at={firstSeenAt} />,
    },
    {
      id: 'last',
      header: 'Last seen',
      width: '104px',
      sortBy: ({ lastSeenAt }) => lastSeenAt,
      cell: ({ lastSeenAt }) => <Time at={lastSeenAt} />,
    },
  ];
}
