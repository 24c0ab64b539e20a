export const NOTIFICATION_TABS = ['channels', 'routes', 'deliveries'] as const;
export type NotificationTab = (typeof NOTIFICATION_TABS)[number];

/** The state of the page, all of it in the address. */
export interface NotificationsSearch {
  readonly tab?: NotificationTab;
  /** The channel or route whose form is open: its id, `new`, or `default` for the route of everything else. */
  readonly edit?: string;
}

export function notificationsSearch(
  raw: Readonly<Record<string, unknown>>,
): { readonly tab: NotificationTab } & NotificationsSearch {
  const { edit } = raw;
  return {
    tab: NOTIFICATION_TABS.find((tab) => tab === raw['tab']) ?? 'channels',
    ...(typeof edit === 'string' && edit !== '' ? { edit: edit.slice(0, 64) } : {}),
  };
}
