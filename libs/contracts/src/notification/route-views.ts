import { z } from 'zod';
import { ALERT_SEVERITIES } from './alert-views.js';

/** What alerts of a route may be told of together by. `alert`: each on its own. */
export const GROUP_LABELS = [
  'kind',
  'connection',
  'severity',
  'agent',
  'user',
  'tool',
  'rule',
  'alert',
] as const;
export type GroupLabel = (typeof GROUP_LABELS)[number];

export const ROUTE_LIMIT = 100;
const DAY = 86_400;

const id = z.string().min(1).max(64);

/** Timers as Alertmanager has them, in seconds. */
const timers = {
  /** How long a new group waits for more before it is first told of; an alert of severity `critical` never waits. */
  groupWait: z.number().int().min(0).max(3_600).default(30),
  /** How long a group that was told of waits before it tells of alerts that came or ended since. */
  groupInterval: z.number().int().min(10).max(DAY).default(300),
  /** How long before what still fires, and nobody acknowledged, is told of again. */
  repeatInterval: z
    .number()
    .int()
    .min(60)
    .max(30 * DAY)
    .default(14_400),
};

const settings = {
  /** Ids of channels; none: these alerts are told to nobody. */
  channels: z.array(id).max(20).default([]),
  groupBy: z.array(z.enum(GROUP_LABELS)).max(GROUP_LABELS.length).default(['kind', 'connection']),
  ...timers,
  /** Whether the end of an alert is told, too. */
  sendResolved: z.boolean().default(true),
};

/** All of what is given must hold; what is left out matches everything. */
export const routeMatchersSchema = z.strictObject({
  /** This severity and above. */
  severity: z.enum(ALERT_SEVERITIES).optional(),
  kinds: z.array(z.string().min(1).max(64)).min(1).max(50).optional(),
  /** Globs over the connection's slug (`prod-*`); an alert that belongs to no connection matches `*` alone. */
  connections: z.array(z.string().min(1).max(128)).min(1).max(50).optional(),
});
export type RouteMatchers = z.infer<typeof routeMatchersSchema>;

export const routeSchema = z.strictObject({
  /** Given by the caller or made by the service; kept over edits, so that a group keeps its timers. */
  id: id.regex(/^[A-Za-z0-9_-]+$/).optional(),
  name: z.string().trim().min(1).max(200),
  matchers: routeMatchersSchema.default({}),
  /** Whether the routes after this one are asked, too, once it has matched. */
  continue: z.boolean().default(false),
  ...settings,
});
export type RouteInputBody = z.infer<typeof routeSchema>;

/** Takes what no other route took. */
export const defaultRouteSchema = z.strictObject(settings);
export type DefaultRoute = z.infer<typeof defaultRouteSchema>;

export const routeListSchema = z.strictObject({
  routes: z.array(routeSchema).max(ROUTE_LIMIT),
  defaultRoute: defaultRouteSchema,
});
export type RouteList = z.infer<typeof routeListSchema>;

export const routeListViewSchema = z.object({
  /** For `If-Match`. */
  version: z.number().int(),
  routes: z.array(routeSchema.required({ id: true })),
  defaultRoute: defaultRouteSchema,
  /** RFC 3339; null while nobody has set any. */
  updatedAt: z.string().nullable(),
  updatedBy: z.string().nullable(),
});
export type RouteListView = z.infer<typeof routeListViewSchema>;
