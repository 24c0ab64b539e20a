import type { Channel, ChannelType } from './notification-queries.js';

export const CHANNEL_TYPES: readonly {
  readonly value: ChannelType;
  readonly label: string;
  readonly secret: string | null;
  readonly help: string;
}[] = [
  {
    value: 'webhook',
    label: 'Webhook',
    secret: 'Signing secret',
    help: 'JSON signed as Standard Webhooks say. Leave the secret empty and one is made.',
  },
  { value: 'email', label: 'E-mail', secret: null, help: 'Sent by the mail server of the deployment.' },
  {
    value: 'slack',
    label: 'Slack',
    secret: 'Address of the incoming webhook',
    help: 'The address is a secret: who has it can write to the channel.',
  },
  {
    value: 'teams',
    label: 'Microsoft Teams',
    secret: 'Address of the Workflows webhook',
    help: 'From “When a Teams webhook request is received”.',
  },
  { value: 'pagerduty', label: 'PagerDuty', secret: 'Routing key', help: 'Of an Events API v2 integration.' },
  {
    value: 'syslog',
    label: 'Syslog',
    secret: null,
    help: 'RFC 5424; each alert is an OCSF Detection Finding.',
  },
];

/** What the form holds, whatever the type. */
export interface ChannelFormValues {
  readonly name: string;
  readonly type: ChannelType;
  readonly enabled: boolean;
  readonly url: string;
  readonly to: readonly string[];
  readonly region: 'us' | 'eu';
  readonly host: string;
  readonly port: number;
  readonly transport: 'tcp' | 'tls' | 'udp';
  readonly secret: string;
}

export function valuesOf(channel: Channel | null): ChannelFormValues {
  const settings = channel?.settings ?? {};
  return {
    name: channel?.name ?? '',
    type: channel?.type ?? 'webhook',
    enabled: channel?.enabled ?? true,
    url: String(settings['url'] ?? ''),
    to: (settings['to'] as string[] | undefined) ?? [],
    region: settings['region'] === 'eu' ? 'eu' : 'us',
    host: String(settings['host'] ?? ''),
    port: Number(settings['port'] ?? 6514),
    transport: (settings['transport'] as 'tcp' | 'tls' | 'udp' | undefined) ?? 'tls',
    secret: '',
  };
}

/** The chosen type with its settings, and nothing of the others. */
export function typedSettings({ type, url, to, region, host, port, transport }: ChannelFormValues) {
  switch (type) {
    case 'webhook':
      return { type, settings: { url: url.trim() } };
    case 'email':
      return { type, settings: { to: [...to] } };
    case 'pagerduty':
      return { type, settings: { region } };
    case 'syslog':
      return { type, settings: { host: host.trim(), port, transport } };
    case 'slack':
    case 'teams':
      return { type, settings: {} };
  }
}
