import { Button } from '@mantine/core';
import { IconPlug, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { Page } from '../pieces/page.js';
import { EmptyState, ErrorState } from '../pieces/states.js';
import { useLinkKeys } from '../pieces/use-link-keys.js';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { CardSkeletons, ConnectionCard, trafficKnown } from './connection-card.js';
import classes from './connections.module.css';
import { connectionsQuery } from './connection-queries.js';
import { trafficQuery } from './connection-traffic.js';
import { CreateConnection } from './create-connection.js';

const route = getRouteApi('/signed-in/connections');

export function ConnectionsPage() {
  const { create } = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('connections:write');
  const maySeeCalls = useMay('audit:read');
  const connections = useQuery(connectionsQuery);
  const failure = useFailure(connections);
  const traffic = useQuery({ ...trafficQuery, enabled: maySeeCalls });
  const open = () => void navigate({ search: { create: 'yes' } });
  useShortcuts(
    mayWrite ? [{ keys: 'c', label: 'Create a connection', group: 'Connections', run: open }] : [],
  );

  useLinkKeys('[data-connection]');

  const button = mayWrite && (
    <Button leftSection={<IconPlus size={15} />} onClick={open}>
      Create connection
    </Button>
  );
  return (
    <Page
      title="Connections"
      lead="The MCP servers agents reach through Portcullis. Each has an address of its own at the gateway."
      actions={connections.data?.length !== 0 && button}
    >
      {connections.data === undefined && failure === null && <CardSkeletons />}
      {failure && <ErrorState what="Connections" {...failure} />}
      {connections.data?.length === 0 && (
        <EmptyState icon={IconPlug} title="No connections yet" action={button}>
          Connect the first MCP server: agents then call it through the gateway, and every call is decided and
          recorded.
        </EmptyState>
      )}
      {connections.data !== undefined && connections.data.length > 0 && (
        <ul className={classes['cards']}>
          {connections.data.map((connection) => (
            <ConnectionCard
              key={connection.id}
              connection={connection}
              traffic={traffic.data?.get(connection.slug)}
              known={trafficKnown(traffic)}
            />
          ))}
        </ul>
      )}
      <CreateConnection opened={create === 'yes' && mayWrite} onClose={() => void navigate({ search: {} })} />
    </Page>
  );
}
