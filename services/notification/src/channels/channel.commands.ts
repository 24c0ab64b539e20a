import { channelSettingsSchemas, type ChannelType, type WrittenChannel } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import type { SqlSession } from '@portcullis/postgres';
import type { CommandContext, CommandHandlersFor, Handled } from '../commands/command-handler.js';
import { notFound } from '../commands/not-found.js';
import { deliveryStore } from '../delivery/delivery-store.js';
import type { EventOutbox } from '../outbox/event-outbox.js';
import { channelView, HEALTHY, type ChannelRecord } from './channel-record.js';
import { ROTATION_MS, checkSecret, type ChannelSecrets } from './channel-secrets.js';
import { channelStore } from './channel-store.js';
import { receiverUrl } from './receiver-http.js';
import { newWebhookSecret } from './webhook.channel.js';

export interface ChannelCommandsDependencies {
  readonly outbox: Pick<EventOutbox, 'publish'>;
  readonly secrets: ChannelSecrets;
  readonly allowPrivate: boolean;
  /** Whether a route of the organization leads to the channel. */
  readonly isRouted: (session: SqlSession, tenantId: string, channelId: string) => Promise<boolean>;
}

const CHANNELS_LIMIT = 100;

export function channelCommands(
  dependencies: ChannelCommandsDependencies,
): CommandHandlersFor<'CreateChannel' | 'ChangeChannel' | 'DeleteChannel'> {
  const { outbox, secrets, allowPrivate, isRouted } = dependencies;

  const tell = (
    context: CommandContext,
    type: 'ChannelCreated' | 'ChannelChanged' | 'ChannelDeleted',
    channel: ChannelRecord,
    changed: string[],
  ) =>
    outbox.publish(context.session, [
      {
        type,
        data: {
          channelId: channel.id,
          name: channel.name,
          channelType: channel.type,
          enabled: channel.enabled,
          changed,
        },
        tenantId: context.tenantId,
        stream: `channel-${channel.id}`,
        actor: context.actor,
        occurredAt: context.now,
        correlationId: context.correlationId,
      },
    ]);

  return {
    async CreateChannel({ channel: given }, context) {
      const { session, tenantId, now, newId } = context;
      await channelStore.holdLimit(session, tenantId);
      if ((await channelStore.count(session, tenantId)) >= CHANNELS_LIMIT) {
        throw new Rejection(
          'channel.limit_reached',
          'conflict',
          `An organization has at most ${CHANNELS_LIMIT} channels.`,
        );
      }
      checkSecret(given.type, given.secret, allowPrivate);
      checkSettings(given.type, given.settings, allowPrivate);
      const id = newId();
      const made = given.type === 'webhook' && given.secret === undefined ? newWebhookSecret() : undefined;
      const secret = given.secret ?? made;
      const channel: ChannelRecord = {
        id,
        tenantId,
        name: given.name,
        type: given.type,
        enabled: given.enabled,
        settings: given.settings,
        secret: secret === undefined ? null : secrets.seal(id, tenantId, secret),
        previousSecret: null,
        previousUntil: null,
        secretRotatedAt: null,
        health: HEALTHY,
        createdAt: now,
        updatedAt: now,
      };
      await channelStore.save(session, channel);
      await tell(context, 'ChannelCreated', channel, []);
      return written(channel, now, made);
    },

    async ChangeChannel({ channelId, change }, context) {
      const { session, tenantId, now } = context;
      const before = await channelStore.find(session, tenantId, channelId, true);
      if (before === null) throw notFound('channel', 'channel');
      if (change.secret !== undefined) checkSecret(before.type, change.secret, allowPrivate);
      if (change.rotateSecret === true && before.type !== 'webhook') {
        throw new Rejection('channel.invalid', 'invalid', 'The channel is not valid.', [
          { pointer: '/rotateSecret', message: 'only webhooks have a secret to rotate' },
        ]);
      }
      const settings =
        change.settings === undefined ? before.settings : parsedSettings(before.type, change.settings);
      checkSettings(before.type, settings, allowPrivate);
      const made =
        change.rotateSecret === true && change.secret === undefined ? newWebhookSecret() : undefined;
      const secret = change.secret ?? made;
      const rotates = secret !== undefined && before.type === 'webhook';
      const enabled = change.enabled ?? before.enabled;
      const channel: ChannelRecord = {
        ...before,
        name: change.name ?? before.name,
        enabled,
        settings,
        ...(secret === undefined
          ? {}
          : { secret: secrets.seal(before.id, tenantId, secret), secretRotatedAt: now }),
        ...(rotates
          ? { previousSecret: before.secret, previousUntil: new Date(now.getTime() + ROTATION_MS) }
          : {}),
        // Whoever enables it, or says where it now leads, wants it tried.
        health:
          change.enabled === true || secret !== undefined || change.settings !== undefined
            ? { ...before.health, ...RELEASED }
            : before.health,
        updatedAt: now,
      };
      await channelStore.save(session, channel);
      if (before.enabled && !enabled) await deliveryStore.abandon(session, channel.id, now);
      await tell(context, 'ChannelChanged', channel, Object.keys(change).sort());
      return written(channel, now, made);
    },

    async DeleteChannel({ channelId }, context) {
      const { session, tenantId, now } = context;
      const channel = await channelStore.find(session, tenantId, channelId, true);
      if (channel === null) throw notFound('channel', 'channel');
      if (await isRouted(session, tenantId, channel.id)) {
        throw new Rejection(
          'channel.in_use',
          'conflict',
          'A route leads to this channel. Take it out of the routes first.',
        );
      }
      await channelStore.remove(session, channel.id, now);
      await deliveryStore.abandon(session, channel.id, now);
      await tell(context, 'ChannelDeleted', channel, []);
      return { data: channelView(channel, now) };
    },
  };
}

const RELEASED = {
  failures: 0,
  failingSince: null,
  retryAt: null,
  stopped: false,
  failureToldAt: null,
} as const;

function written(channel: ChannelRecord, now: Date, secret: string | undefined): Handled {
  const view = channelView(channel, now);
  if (secret === undefined) return { data: view };
  return { data: { ...view, secret } satisfies WrittenChannel, remembered: view };
}

function parsedSettings(type: ChannelType, settings: Record<string, unknown>): Record<string, unknown> {
  const parsed = channelSettingsSchemas[type].safeParse(settings);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({
    pointer: ['/settings', ...path.map(String)].join('/'),
    message,
  }));
  throw new Rejection('channel.invalid', 'invalid', 'The channel is not valid.', issues);
}

/** What the outbound guard can tell without asking DNS; names are looked at again whenever they are used. */
function checkSettings(type: ChannelType, settings: Record<string, unknown>, allowPrivate: boolean): void {
  const refuse = (pointer: string): never => {
    throw new Rejection('channel.invalid', 'invalid', 'The channel is not valid.', [
      { pointer, message: 'is not an address that may be sent to' },
    ]);
  };
  if (type === 'webhook' && receiverUrl(String(settings['url']), allowPrivate) === null)
    refuse('/settings/url');
  if (type === 'syslog' && !isHostAllowed(String(settings['host']), allowPrivate)) refuse('/settings/host');
}

function isHostAllowed(host: string, allowPrivate: boolean): boolean {
  const literal = host.includes(':') ? `[${host}]` : host;
  return (
    receiverUrl(`https://${literal}`, allowPrivate) !== null && new URL(`https://${literal}`).pathname === '/'
  );
}
