import { Button, Tabs } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useShortcuts } from '../commands/use-shortcuts.js';
import { useMay } from '../identity/me.js';
import { Page } from '../pieces/page.js';
import { ChannelList } from './channel-list.js';
import { DeliveryTable } from './delivery-table.js';
import { NOTIFICATION_TABS, type NotificationTab } from './notifications-search.js';
import { ReplayDead } from './replay-dead.js';
import { RouteListEditor } from './route-list.js';

const route = getRouteApi('/signed-in/notifications');
const LABELS: Record<NotificationTab, string> = {
  channels: 'Channels',
  routes: 'Routes',
  deliveries: 'Deliveries',
};

/** Who is told of what, by which way, and whether it arrived. */
export function NotificationsPage() {
  const { tab, edit } = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('notifications:write');
  const open = (id: string | undefined) =>
    void navigate({ search: { tab, ...(id === undefined ? {} : { edit: id }) } });
  useShortcuts(
    mayWrite
      ? [
          {
            keys: 'c',
            label: 'New channel or route',
            group: 'Notifications',
            run: () => tab !== 'deliveries' && open('new'),
          },
        ]
      : [],
  );
  const create = (label: string) => (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => open('new')}>
      {label}
    </Button>
  );
  const actions = {
    channels: create('New channel'),
    routes: create('New route'),
    deliveries: <ReplayDead />,
  };
  return (
    <Page
      title="Notifications"
      lead="Alerts are told over channels; routes say which alert goes where."
      actions={mayWrite && actions[tab]}
    >
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ search: { tab: (next ?? 'channels') as NotificationTab } })}
      >
        <Tabs.List mb="md">
          {NOTIFICATION_TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {LABELS[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="channels">
          <ChannelList edit={edit} onEdit={open} />
        </Tabs.Panel>
        <Tabs.Panel value="routes">
          <RouteListEditor edit={edit} onEdit={open} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <DeliveryTable />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
