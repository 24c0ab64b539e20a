import { Alert, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { HeadingSkeleton, Page } from '../pieces/page.js';
import { SkeletonRows, ErrorState } from '../pieces/states.js';
import { HealthTag, trafficKnown } from './connection-card.js';
import { connectionQuery } from './connection-queries.js';
import { ConnectionRules } from './connection-rules.js';
import { ConnectionSettings } from './connection-settings.js';
import { ConnectionTools } from './connection-tools.js';
import { trafficQuery } from './connection-traffic.js';
import { CONNECTION_TABS, type ConnectionTab } from './connection-tabs.js';
import { UseConnection } from './use-connection.js';
import classes from './connection-page.module.css';

const route = getRouteApi('/signed-in/connections/$slug');
const NAMES: Record<ConnectionTab, string> = {
  use: 'Connect an agent',
  tools: 'Tools',
  rules: 'Effective rules',
  settings: 'Settings',
};

export function ConnectionPage() {
  const { slug } = route.useParams();
  const { tab = 'use' } = route.useSearch();
  const navigate = route.useNavigate();
  const maySeeCalls = useMay('audit:read');
  const connection = useQuery(connectionQuery(slug));
  const failure = useFailure(connection);
  const traffic = useQuery({ ...trafficQuery, enabled: maySeeCalls });

  if (failure) {
    return (
      <Page title="Connection">
        <ErrorState title="This connection could not be shown" {...failure} />
      </Page>
    );
  }
  const { data } = connection;
  const heading = data ? (
    <span className={classes['heading']}>
      <ForeignText text={data.name} longest={200} />
      <HealthTag enabled={data.enabled} traffic={traffic.data?.get(slug)} known={trafficKnown(traffic)} />
    </span>
  ) : (
    <HeadingSkeleton word="Connection" />
  );
  const lead = (
    <>
      <code>{slug}</code>
      {maySeeCalls && (
        <>
          {' · '}
          <Link to="/lens" search={{ q: `connection:${slug}`, from: 'now-24h', to: 'now' }}>
            Its calls in Lens
          </Link>
        </>
      )}
    </>
  );
  return (
    <Page title={data?.name ?? slug} heading={heading} lead={lead}>
      <Tabs value={tab} onChange={(next) => void navigate({ search: { tab: next as ConnectionTab } })}>
        <Tabs.List mb="md" className={classes['tabs'] ?? ''}>
          {CONNECTION_TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {NAMES[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {data === undefined ? (
          <SkeletonRows />
        ) : (
          <>
            {!data.enabled && (
              <Alert variant="light" color="yellow" mb="md">
                This connection is disabled: agents are answered that there is no such connection.
              </Alert>
            )}
            <Tabs.Panel value="use">
              <UseConnection connection={data} />
            </Tabs.Panel>
            <Tabs.Panel value="tools">
              <ConnectionTools connection={data} />
            </Tabs.Panel>
            <Tabs.Panel value="rules">
              <ConnectionRules slug={data.slug} />
            </Tabs.Panel>
            <Tabs.Panel value="settings">
              <ConnectionSettings key={data.updatedAt} connection={data} />
            </Tabs.Panel>
          </>
        )}
      </Tabs>
    </Page>
  );
}
