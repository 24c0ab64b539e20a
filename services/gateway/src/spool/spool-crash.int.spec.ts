import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildService } from '@portcullis/testing';
import { beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../test/spool-fixture.js';

const KILLS = 20;
const gateway = fileURLToPath(new URL('../..', import.meta.url));

beforeAll(() => buildService('gateway'), 120_000);

it(
  `delivers every record whose append returned, over ${KILLS} kills at random`,
  { timeout: 180_000 },
  async () => {
    const folder = temporaryFolder();
    const files = { spool: join(folder, 'spool'), ledger: join(folder, 'ledger'), log: join(folder, 'log') };
    const start = (task: 'append' | 'drain') =>
      spawn(
        process.execPath,
        [join(gateway, 'test/crash/appending-process.mjs'), files.spool, files.ledger, files.log, task],
        {
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      );
    const bytes = () => (existsSync(files.ledger) ? statSync(files.ledger).size : 0);

    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = start('append');
      // Between the first few records and some thousands, so that segments are left, deleted and begun.
      const until = bytes() + 100 + Math.floor(Math.random() ** 3 * 400_000);
      await vi.waitFor(() => expect(bytes()).toBeGreaterThan(until), {
        timeout: 60_000,
        interval: 1 + Math.floor(Math.random() * 20),
      });
      child.kill('SIGKILL');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect([code, signal]).toEqual([null, 'SIGKILL']);
    }
    const drain = start('drain');
    expect((await once(drain, 'exit'))[0]).toBe(0);

    const appended = new Set(linesOf(files.ledger).filter((line) => /^[0-9a-f-]{36} \d+$/.test(line)));
    const ids = new Map<string, string>();
    const lastOfEpoch = new Map<string, number>();
    let repeated = 0;
    for (const line of linesOf(files.log)) {
      const event = eventOf(line);
      if (event === null) continue;
      const { epoch, seq } = event.gateway;
      const key = `${epoch} ${seq}`;
      const known = ids.get(key);
      if (known === undefined) {
        // The log has each process's records in their order, without a gap.
        expect(seq).toBe((lastOfEpoch.get(epoch) ?? -1) + 1);
        lastOfEpoch.set(epoch, seq);
        ids.set(key, event.id);
      } else {
        repeated += 1;
        expect(event.id).toBe(known);
      }
    }
    expect(appended.size).toBeGreaterThan(KILLS * 20);
    expect([...appended].filter((key) => !ids.has(key))).toEqual([]);
    // What was appended in the moment of a kill, before the ledger was told: one record for each process at most.
    expect(ids.size - appended.size).toBeLessThanOrEqual(KILLS);
    expect(new Set(ids.values()).size).toBe(ids.size);
    // A batch in flight comes again; more would be a position that was not kept.
    expect(repeated).toBeLessThanOrEqual(KILLS * 500);
  },
);

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** Null for a line that a kill cut short. */
function eventOf(line: string): { id: string; gateway: { epoch: string; seq: number } } | null {
  try {
    return JSON.parse(line) as { id: string; gateway: { epoch: string; seq: number } };
  } catch {
    return null;
  }
}
