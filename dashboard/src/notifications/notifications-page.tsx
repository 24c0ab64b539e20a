import { Tabs } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../pieces/page.js';
import { ChannelList } from './channel-list.js';
import { DeliveryTable } from './delivery-table.js';
import { NOTIFICATION_TABS, type NotificationTab } from './notifications-search.js';
import { RouteListEditor } from './route-list.js';

const route = getRouteApi('/signed-in/notifications');
const LABELS: Record<NotificationTab, string> = {
  channels: 'Channels',
  routes: 'Routes',
  deliveries: 'Deliveries',
};

/** Who is told of what, by which way, and whether it arrived. */
export function NotificationsPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page title="Notifications" lead="Alerts are told over channels; routes say which alert goes where.">
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ search: { tab: (next ?? 'channels') as NotificationTab } })}
      >
        <Tabs.List>
          {NOTIFICATION_TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {LABELS[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="channels">
          <ChannelList />
        </Tabs.Panel>
        <Tabs.Panel value="routes">
          <RouteListEditor />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <DeliveryTable />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
