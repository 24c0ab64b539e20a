import type { CallCompleted, CallRefused } from '@portcullis/contracts';
import { completed, DAY, HOUR, MINUTE, refused, SECOND, START } from './calls.js';
import { randomOf } from '../bench/random.js';

/**
 * Ten days of a few connections in which everything happens that detectors look at, and much that goes wrong: bursts,
 * probing, destructive and new tools, calls that come late, twice, or from clocks that are ahead.
 */
export function troubledTraffic(seed: number, count: number): (CallCompleted | CallRefused)[] {
  const random = randomOf(seed);
  const pick = (limit: number) => Math.floor(random() * limit);
  const events: (CallCompleted | CallRefused)[] = [];
  let at = START;
  let burst = 0;
  while (events.length < count) {
    const n = events.length;
    burst = burst > 0 ? burst - 1 : random() < 0.006 ? 60 : 0;
    at += burst > 0 ? SECOND : Math.floor((random() * 2 * 10 * DAY) / count);
    const trouble = random();
    const shift =
      trouble < 0.05
        ? -pick(12 * MINUTE)
        : trouble < 0.06
          ? -pick(3 * DAY)
          : trouble < 0.07
            ? pick(2 * HOUR)
            : 0;
    // Mostly two; now and then one of many, so that bounds are felt.
    const id = random() < 0.95 ? pick(2) : pick(20);
    const facts = {
      connection: { id: `connection-${id}`, slug: `slug-${id}` },
      key: { id: `key-${pick(4)}`, label: 'key', agent: random() < 0.8 ? `agent-${pick(3)}` : null },
      name: random() < 0.02 ? `delete_${pick(9)}` : `tool_${pick(at > START + 8 * DAY ? 30 : 12)}`,
    };
    const probing = burst > 30 || random() < 0.02;
    events.push(probing ? refused(n, at + shift, facts) : completed(n, at + shift, facts));
    if (random() < 0.02) events.push(...events.slice(-1 - pick(5)));
  }
  return events.slice(0, count);
}
