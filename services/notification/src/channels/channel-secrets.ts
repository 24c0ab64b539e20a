import type { ChannelType } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import type { SecretBox, Sealed } from '@portcullis/service';
import type { ChannelRecord } from './channel-record.js';
import { receiverUrl } from './receiver-http.js';
import { isWebhookSecret } from './webhook.channel.js';

export const CHANNEL_SECRETS_PURPOSE = 'notification-channels/v1';
/** How long a rotated secret still signs beside the new one. */
export const ROTATION_MS = 86_400_000;

/** Seals a channel's secret to its row, and opens what a send needs. */
export class ChannelSecrets {
  constructor(private readonly box: SecretBox) {}

  seal(channelId: string, tenantId: string, secret: string): Sealed {
    return this.box.seal(secret, contextOf(channelId, tenantId));
  }

  /** Newest first. Throws what says nothing when the master key is another one. */
  open(channel: ChannelRecord, now: Date): string[] {
    const { id, tenantId, secret, previousSecret, previousUntil } = channel;
    const both = [secret, previousUntil !== null && previousUntil > now ? previousSecret : null];
    return both.flatMap((sealed) =>
      sealed === null ? [] : [this.box.open(sealed, contextOf(id, tenantId))],
    );
  }
}

/** What a type's secret must be; null for a type that has none. Refuses before anything is stored. */
export function checkSecret(type: ChannelType, secret: string | undefined, allowPrivate: boolean): void {
  const refuse = (message: string): never => {
    throw new Rejection('channel.invalid', 'invalid', 'The channel is not valid.', [
      { pointer: '/secret', message },
    ]);
  };
  if (type === 'email' || type === 'syslog') {
    if (secret !== undefined) refuse('this type has none');
  } else if (type === 'webhook') {
    if (secret !== undefined && !isWebhookSecret(secret))
      refuse('must be whsec_ and the base64 of 24 to 64 bytes');
  } else if (secret === undefined) {
    refuse('is required');
  } else if (type === 'pagerduty') {
    if (!/^[A-Za-z0-9]{20,64}$/.test(secret)) refuse('is not a routing key');
  } else if (receiverUrl(secret, allowPrivate) === null) {
    refuse('must be the https address of an incoming webhook, reachable from here');
  }
}

function contextOf(channelId: string, tenantId: string): string {
  return `channel|${tenantId}|${channelId}`;
}
