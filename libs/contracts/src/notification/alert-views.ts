import { z } from 'zod';
import { actorSchema } from '../envelope.js';
import { FINDING_SEVERITIES } from '../events/anomaly-findings.js';
import { deliveryViewSchema } from './delivery-views.js';

/** The scale of findings, in order: routes say "medium and above". */
export const ALERT_SEVERITIES = FINDING_SEVERITIES;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/**
 * Kinds of alert this release raises beside the kinds of finding, which alerts take over as they are: readers keep kinds
 * they do not know.
 */
export const ALERT_KINDS = ['policy_alert', 'kill_switch', 'alert_overflow'] as const;

/**
 * `open`: fires and nobody has taken it; `acknowledged`: fires and somebody has; `resolved`: does not fire; `reopened`:
 * `open` again after it was resolved. All but `resolved` are firing, in Alertmanager's words.
 */
export const ALERT_STATES = ['open', 'acknowledged', 'resolved', 'reopened'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Why an alert does not fire any more: a person said so, the kill switch was released, or it was quiet long enough. */
export const ALERT_RESOLUTIONS = ['person', 'released', 'quiet'] as const;
export type AlertResolution = (typeof ALERT_RESOLUTIONS)[number];

export const ALERT_NOTE_LIMIT = 1000;

/** A figure of a finding, observed or expected; `value` and `threshold` are null where the rule knows none. */
const figuresSchema = z.object({
  value: z.number().nullable(),
  unit: z.string().nullable(),
  threshold: z.number().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** One line of the alerts page. Names may hold what an attacker wrote: plain text, never markup. Times: RFC 3339, UTC. */
export const alertViewSchema = z.object({
  id: z.string(),
  /** What makes two firings the same alert; unique within the organization. */
  dedupKey: z.string(),
  kind: z.string(),
  severity: z.enum(ALERT_SEVERITIES),
  title: z.string(),
  state: z.enum(ALERT_STATES),
  connection: z.object({ id: z.string(), slug: z.string() }).nullable(),
  agent: z.string().nullable(),
  user: z.string().nullable(),
  session: z.string().nullable(),
  key: z.object({ id: z.string(), label: z.string() }).nullable(),
  tool: z.string().nullable(),
  rule: z.string().nullable(),
  /** How often it fired since it was first seen, over all its openings. */
  occurrences: z.number().int(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  /** When it last began to fire. */
  openedAt: z.string(),
  /** How often it was opened: 1, and one more with each reopening. */
  openings: z.number().int(),
  acknowledgedAt: z.string().nullable(),
  acknowledgedBy: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  resolvedBy: z.string().nullable(),
  resolution: z.enum(ALERT_RESOLUTIONS).nullable(),
  /** Nobody is notified before this; null when not muted. */
  mutedUntil: z.string().nullable(),
  /** When it resolves by itself if it does not fire again; null when it does not do so. */
  quietAt: z.string().nullable(),
  /** When somebody is next notified of it, as things are; null when nobody will be. */
  nextNotificationAt: z.string().nullable(),
});
export type AlertView = z.infer<typeof alertViewSchema>;

/** What happened to an alert, newest first; `type` is the event's name. */
export const alertTransitionSchema = z.object({
  type: z.string(),
  at: z.string(),
  actor: actorSchema,
  note: z.string().nullable(),
  state: z.enum(ALERT_STATES),
  /** For `AlertMuted`. */
  mutedUntil: z.string().nullable(),
});
export type AlertTransition = z.infer<typeof alertTransitionSchema>;

/** What will be sent, where and when, as things are. */
export const plannedNotificationSchema = z.object({
  channelId: z.string(),
  /** Id of the route; null for the default route. */
  routeId: z.string().nullable(),
  at: z.string(),
  /** Alerts that will be told of together. */
  groupSize: z.number().int(),
});
export type PlannedNotification = z.infer<typeof plannedNotificationSchema>;

export const alertDetailSchema = alertViewSchema.extend({
  observed: figuresSchema.nullable(),
  expected: figuresSchema.nullable(),
  evidence: z.object({
    /** Lens query that shows the calls behind it; null for a kill switch. */
    lens: z.object({ q: z.string(), from: z.string(), to: z.string() }).nullable(),
    /** Ids of the latest requests behind it. */
    requests: z.array(z.string()),
    trace: z.string().nullable(),
  }),
  /** For kind `kill_switch`. */
  killSwitch: z
    .object({ id: z.string(), scope: z.string(), target: z.string().nullable(), reason: z.string() })
    .nullable(),
  /** The latest 200. */
  history: z.array(alertTransitionSchema),
  /** The latest 50. */
  deliveries: z.array(deliveryViewSchema),
  planned: z.array(plannedNotificationSchema),
});
export type AlertDetail = z.infer<typeof alertDetailSchema>;
