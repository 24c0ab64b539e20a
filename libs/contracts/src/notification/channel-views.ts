import { z } from 'zod';

export const CHANNEL_TYPES = ['webhook', 'email', 'slack', 'teams', 'pagerduty', 'syslog'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

const url = z.url({ protocol: /^https?$/ }).max(2048);
const host = z.string().min(1).max(253);

/**
 * What of a channel may be read again. Each type has at most one secret beside it, which is written and never read:
 * `webhook` the signing secret (`whsec_...`; made by the service when none is given), `slack` and `teams` the address
 * of the incoming webhook, `pagerduty` the routing key. `email` and `syslog` have none.
 */
export const channelSettingsSchemas = {
  /** Standard Webhooks. */
  webhook: z.strictObject({ url }),
  /** Sent by the mail server of the deployment. */
  email: z.strictObject({ to: z.array(z.email().max(320)).min(1).max(20) }),
  slack: z.strictObject({}),
  teams: z.strictObject({}),
  /** Events v2. */
  pagerduty: z.strictObject({ region: z.enum(['us', 'eu']).default('us') }),
  /** RFC 5424 with an OCSF body. */
  syslog: z.strictObject({
    host,
    port: z.number().int().min(1).max(65_535),
    transport: z.enum(['tcp', 'tls', 'udp']).default('tls'),
  }),
} as const satisfies Record<ChannelType, z.ZodType>;

const name = z.string().trim().min(1).max(200);
const secret = z.string().min(1).max(4096);

const newChannel = <Type extends ChannelType, Settings extends z.ZodType>(type: Type, settings: Settings) =>
  z.strictObject({
    type: z.literal(type),
    name,
    enabled: z.boolean().default(true),
    settings,
    secret: secret.optional(),
  });

export const newChannelSchema = z.discriminatedUnion('type', [
  newChannel('webhook', channelSettingsSchemas.webhook),
  newChannel('email', channelSettingsSchemas.email),
  newChannel('slack', channelSettingsSchemas.slack.default({})),
  newChannel('teams', channelSettingsSchemas.teams.default({})),
  newChannel('pagerduty', channelSettingsSchemas.pagerduty.default({ region: 'us' })),
  newChannel('syslog', channelSettingsSchemas.syslog),
]);
export type NewChannel = z.infer<typeof newChannelSchema>;

/** What is not named stays. `settings` are replaced whole and checked against the channel's type. */
export const channelChangeSchema = z.strictObject({
  name: name.optional(),
  enabled: z.boolean().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  secret: secret.optional(),
  /** For webhooks: a new signing secret; until the old one ends, every delivery is signed with both. */
  rotateSecret: z.literal(true).optional(),
});
export type ChannelChange = z.infer<typeof channelChangeSchema>;

/**
 * `ok`: the last delivery arrived, or none was tried yet; `failing`: the last attempt failed; `paused`: so many failed that
 * nothing is tried until `retryAt`; `stopped`: the receiver said that it is gone, or failed for too long; a person must
 * enable it again.
 */
export const CHANNEL_HEALTH_STATES = ['ok', 'failing', 'paused', 'stopped'] as const;

export const channelViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(CHANNEL_TYPES),
  enabled: z.boolean(),
  settings: z.record(z.string(), z.unknown()),
  hasSecret: z.boolean(),
  secretRotatedAt: z.string().nullable(),
  health: z.object({
    state: z.enum(CHANNEL_HEALTH_STATES),
    /** Attempts that failed one after another. */
    failures: z.number().int(),
    lastDeliveredAt: z.string().nullable(),
    lastFailedAt: z.string().nullable(),
    /** For people; never a secret or an address. */
    lastError: z.string().nullable(),
    retryAt: z.string().nullable(),
  }),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type ChannelView = z.infer<typeof channelViewSchema>;

/** The answer of a write that made a signing secret: it is shown this once. */
export const writtenChannelSchema = channelViewSchema.extend({ secret: z.string().optional() });
export type WrittenChannel = z.infer<typeof writtenChannelSchema>;
