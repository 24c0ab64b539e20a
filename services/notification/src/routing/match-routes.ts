import type { AlertSeverity, GroupLabel } from '@portcullis/contracts';
import { compileGlob, type Glob } from '@portcullis/policy-engine';
import { isWorse } from '../alerts/severity.js';
import type { Route } from './route.js';

/** What of an alert decides where it goes and with whom. */
export interface Routable {
  readonly id: string;
  readonly kind: string;
  readonly severity: AlertSeverity;
  /** Slug. */
  readonly connection: string | null;
  readonly agent: string | null;
  readonly user: string | null;
  readonly tool: string | null;
  readonly rule: string | null;
}

/** Where an alert goes: a channel, and the group it is told of in. */
export interface Destination {
  readonly channelId: string;
  readonly routeId: string | null;
  /** Values of the route's group labels as JSON. Equal text, equal group. */
  readonly groupKey: string;
}

/**
 * The first route that matches takes the alert; with `continue` those after it are asked, too. A channel is told once,
 * by the first route that names it. The default route takes what no other took.
 */
export function destinationsOf(alert: Routable, routes: readonly Route[]): Destination[] {
  const destinations = new Map<string, Destination>();
  let taken = false;
  for (const route of routes) {
    if (route.id === null ? taken : !matches(alert, route)) continue;
    taken = true;
    for (const channelId of route.channels) {
      if (destinations.has(channelId)) continue;
      destinations.set(channelId, { channelId, routeId: route.id, groupKey: groupKey(alert, route.groupBy) });
    }
    if (!route.continue) break;
  }
  return [...destinations.values()];
}

function matches(alert: Routable, { matchers }: Route): boolean {
  const { severity, kinds, connections } = matchers;
  if (severity !== undefined && isWorse(severity, alert.severity)) return false;
  if (kinds !== undefined && !kinds.includes(alert.kind)) return false;
  if (connections === undefined) return true;
  return connections.some((pattern) => {
    const glob = globOf(pattern);
    return alert.connection === null ? glob.matchesAll : glob.test(alert.connection);
  });
}

function groupKey(alert: Routable, labels: readonly GroupLabel[]): string {
  const values: Record<GroupLabel, string | null> = { ...alert, alert: alert.id };
  return JSON.stringify(Object.fromEntries([...labels].sort().map((label) => [label, values[label]])));
}

const GLOB_LIMIT = 1_000;
const globs = new Map<string, Glob>();

/** Compiled once: routes are asked for every alert. */
function globOf(pattern: string): Glob {
  let glob = globs.get(pattern);
  if (glob === undefined) {
    glob = compileGlob(pattern);
    if (globs.size >= GLOB_LIMIT) globs.clear();
    globs.set(pattern, glob);
  }
  return glob;
}
