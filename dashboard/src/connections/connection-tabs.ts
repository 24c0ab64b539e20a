/** Parts of the page of one connection, by their name in its address. */
export const CONNECTION_TABS = ['use', 'tools', 'rules', 'settings'] as const;
export type ConnectionTab = (typeof CONNECTION_TABS)[number];
