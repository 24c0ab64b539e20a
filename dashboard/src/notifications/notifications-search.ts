export const NOTIFICATION_TABS = ['channels', 'routes', 'deliveries'] as const;
export type NotificationTab = (typeof NOTIFICATION_TABS)[number];

/** The state of the page, all of it in the address. */
export interface NotificationsSearch {
  readonly tab?: NotificationTab;
}

export function notificationsSearch(
  raw: Readonly<Record<string, unknown>>,
): { readonly tab: NotificationTab } & NotificationsSearch {
  return { tab: NOTIFICATION_TABS.find((tab) => tab === raw['tab']) ?? 'channels' };
}
