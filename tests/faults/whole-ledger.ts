import { until } from '@portcullis/testing';
import { expect } from 'vitest';
import type { TestDeployment } from '../e2e/deployment.js';
import { storedCalls, type CountingUpstream, type Load } from './ledger.js';

/** For what takes seconds on a busy machine. */
export const LONG = { timeoutMs: 60_000, intervalMs: 200 };

/** Everything a caller was told is stored, once; nothing was made up; what was refused did not reach the upstream. */
export async function expectWholeLedger(
  deployment: TestDeployment,
  upstream: CountingUpstream,
  load: Load,
): Promise<void> {
  const told = [...load.accepted];
  let stored = new Map<string, number>();
  await until(
    async () => {
      stored = await storedCalls(deployment, load.trace);
      return told.every((call) => stored.has(call));
    },
    { ...LONG, describe: 'every answered call to be stored' },
  );
  expect([...stored].filter(([, count]) => count !== 1)).toEqual([]);
  expect([...stored.keys()].filter((call) => !call.startsWith(`${load.trace}-`))).toEqual([]);
  expect([...load.refused.keys()].filter((call) => upstream.seen.has(call))).toEqual([]);
  expect(told.filter((call) => !upstream.seen.has(call))).toEqual([]);
}

/** No call was cut, and none refused but for a decision that came late, as one may on a busy machine (250 ms limit). */
export function expectUndisturbed(load: Load): void {
  expect([...load.refused.values()].filter((reason) => reason !== 'policy.unavailable')).toEqual([]);
  expect(load.cut.size).toBe(0);
}
