import type { Evidence } from './alert.js';
import { worst } from './severity.js';
import type { Firing, Signal } from './signal.js';

/** Ids of requests an alert keeps. */
export const REQUEST_LIMIT = 20;

/**
 * Firings of one alert in one batch become one, so that a rule that alerts a thousand times a second costs one write.
 * A release keeps its place between them.
 */
export function mergeFirings(signals: readonly Signal[]): Signal[] {
  const merged: Signal[] = [];
  const places = new Map<string, number>();
  for (const signal of signals) {
    const name = JSON.stringify([signal.tenantId, signal.dedupKey]);
    const place = places.get(name);
    if (signal.type === 'release') {
      places.delete(name);
      merged.push(signal);
    } else if (place === undefined) {
      places.set(name, merged.length);
      merged.push(signal);
    } else {
      merged[place] = joined(merged[place] as Firing, signal);
    }
  }
  return merged;
}

function joined(before: Firing, after: Firing): Firing {
  return {
    ...after,
    severity: worst(before.severity, after.severity),
    evidence: mergeEvidence(before.evidence, after.evidence),
    occurrences: before.occurrences + after.occurrences,
    firstAt: Math.min(before.firstAt, after.firstAt),
    lastAt: Math.max(before.lastAt, after.lastAt),
  };
}

/** The later one; a query that stays the same covers both times. */
export function mergeEvidence(before: Evidence, after: Evidence): Evidence {
  const lens =
    before.lens !== null && after.lens !== null && before.lens.q === after.lens.q
      ? {
          q: after.lens.q,
          from: earlier(before.lens.from, after.lens.from),
          to: earlier(before.lens.to, after.lens.to) === before.lens.to ? after.lens.to : before.lens.to,
        }
      : after.lens;
  const requests = [...new Set([...before.requests, ...after.requests])].slice(-REQUEST_LIMIT);
  return { ...after, lens, requests };
}

function earlier(a: string, b: string): string {
  return Date.parse(a) <= Date.parse(b) ? a : b;
}
