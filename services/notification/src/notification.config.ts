import { defineConfig, eventLogConfig, fields, type ConfigOf } from '@portcullis/service';
import { z } from 'zod';
import type { StormLimits } from './grouping/storm-guard.js';

const MINUTE_MS = 60_000;

/** `kind=minutes`, comma-separated. */
const minutesByKind = () =>
  fields.list().transform((items, context) => {
    const minutes = new Map<string, number>();
    for (const item of items) {
      const match = /^([a-z0-9_]{1,64})=(\d{1,6})$/.exec(item);
      if (!match) {
        context.addIssue('must be kind=minutes, comma-separated');
        return z.NEVER;
      }
      minutes.set(match[1]!, Number(match[2]));
    }
    return minutes;
  });

export const notificationConfig = defineConfig('Notification service', {
  quietMinutes: {
    env: 'PORTCULLIS_NOTIFICATION_QUIET_MINUTES',
    schema: fields.integer(60, 0, 525_600),
    doc: 'How long an alert must not fire before it is resolved by itself, in minutes; 0: a person has to resolve it.',
  },
  quietMinutesByKind: {
    env: 'PORTCULLIS_NOTIFICATION_QUIET_MINUTES_BY_KIND',
    schema: minutesByKind(),
    doc: 'The same for single kinds, comma-separated: `rate_spike=30,policy_alert=1440`. Kill switches end when they are released, whatever is said here.',
  },
  maxFiring: {
    env: 'PORTCULLIS_NOTIFICATION_MAX_FIRING',
    schema: fields.integer(10_000, 10, 100_000),
    doc: 'Alerts of one organization that may fire at once. Further ones are counted in one alert of kind `alert_overflow`; critical ones have room for 1,000 more.',
  },
  alertDays: {
    env: 'PORTCULLIS_NOTIFICATION_ALERT_DAYS',
    schema: fields.integer(180, 1, 3_650),
    doc: 'Days a resolved alert is kept after it was last heard of. Its history stays in the audit store.',
  },
  stormBurst: {
    env: 'PORTCULLIS_NOTIFICATION_STORM_BURST',
    schema: fields.integer(20, 1, 10_000),
    doc: 'Notifications a channel may get at once. When more are due, one digest tells of all of them.',
  },
  stormPerHour: {
    env: 'PORTCULLIS_NOTIFICATION_STORM_PER_HOUR',
    schema: fields.integer(60, 1, 100_000),
    doc: 'Notifications a channel may get in an hour after that.',
  },
  stormCriticalBurst: {
    env: 'PORTCULLIS_NOTIFICATION_STORM_CRITICAL_BURST',
    schema: fields.integer(60, 1, 10_000),
    doc: 'The same for notifications with new critical alerts, which have an allowance of their own.',
  },
  stormCriticalPerHour: {
    env: 'PORTCULLIS_NOTIFICATION_STORM_CRITICAL_PER_HOUR',
    schema: fields.integer(600, 1, 100_000),
    doc: 'Notifications with new critical alerts a channel may get in an hour after that.',
  },
  masterKey: {
    env: 'PORTCULLIS_MASTER_KEY',
    schema: fields.key32(),
    secret: true,
    doc: 'Base64 of 32 random bytes, the same as the policy service has. What seals the secrets of channels is derived from it.',
  },
  smtpUrl: {
    env: 'PORTCULLIS_SMTP_URL',
    schema: z.url({ protocol: /^smtps?$/ }).optional(),
    secret: true,
    doc: 'Mail server for channels of type `email`: `smtp://user:password@host:587` (STARTTLS where it is offered) or `smtps://`. Without it mail is refused.',
  },
  mailFrom: {
    env: 'PORTCULLIS_MAIL_FROM',
    schema: z.string().trim().min(3).max(320).default('Portcullis <portcullis@localhost>'),
    doc: 'Sender of mail: `Portcullis <alerts@example.com>`.',
  },
  allowPrivateReceivers: {
    env: 'PORTCULLIS_ALLOW_PRIVATE_RECEIVERS',
    schema: fields.flag(false),
    doc: 'Whether channels may lead to loopback and private addresses, by plain HTTP and to any port. Without it receivers are public, by HTTPS on port 443 or 8443. Link-local addresses are refused always.',
  },
  deliveryDays: {
    env: 'PORTCULLIS_NOTIFICATION_DELIVERY_DAYS',
    schema: fields.integer(30, 1, 3_650),
    doc: 'Days a delivery and its attempts are kept after it ended.',
  },
  dashboardUrl: {
    env: 'PORTCULLIS_API_PUBLIC_URL',
    schema: z.url({ protocol: /^https?$/ }).optional(),
    doc: 'Address of the API and the dashboard as people reach it; links in notifications begin with it.',
  },
});

export const notificationConfigSections = [eventLogConfig, notificationConfig] as const;

type NotificationConfig = ConfigOf<typeof notificationConfig>;

/** Null: never. */
export function quietMsOf(config: NotificationConfig): (kind: string) => number | null {
  return (kind) => {
    if (kind === 'kill_switch') return null;
    const minutes = config.quietMinutesByKind.get(kind) ?? config.quietMinutes;
    return minutes === 0 ? null : minutes * MINUTE_MS;
  };
}

export function stormLimitsOf(config: NotificationConfig): StormLimits {
  return {
    normal: { burst: config.stormBurst, perHour: config.stormPerHour },
    critical: { burst: config.stormCriticalBurst, perHour: config.stormCriticalPerHour },
  };
}
