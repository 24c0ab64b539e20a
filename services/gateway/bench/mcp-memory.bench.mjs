// What the gateway keeps of calls that are over: memory after each hundred thousand, sessions opened and ended, strangers
// refused. CALLS=1000000 is the bar of the architecture page. Needs a build, as mcp-path.bench.mjs does.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, part } from './parts/load.mjs';
import { churn, load } from './parts/mcp-load.mjs';

const CALLS = Number(process.env.CALLS ?? 1_000_000);
const BATCH = Number(process.env.BATCH ?? 100_000);

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const socket = join(folder, 'policy.sock');
const policy = await part('policy', [socket]);
const upstream = await part('mcp-upstream');
const gateway = await part('mcp-gateway', [socket, upstream.message, join(folder, 'spool')]);
const through = {
  port: gateway.message.port,
  path: '/v1/mcp/shop',
  headers: { authorization: `Bearer ig_${'k'.repeat(40)}` },
};
const memory = [];
try {
  for (let calls = 0; calls <= CALLS; calls += BATCH) {
    if (calls > 0) {
      const results = [
        await load({ ...through, clients: 16, calls: BATCH * 0.45 }),
        await load({ ...through, clients: 16, calls: BATCH * 0.45, session: true }),
        // Sessions that are opened, used and ended, or left behind; and strangers.
        await churn({ ...through, clients: 8, rounds: (BATCH * 0.1) / 4 }),
      ];
      const failed = results.reduce((sum, result) => sum + result.failed, 0);
      if (failed > 0) console.log(`${failed} calls failed`);
    }
    const {
      rssMiB,
      heapMiB,
      calls: open,
      streams,
      sessions,
      serverRequests,
      idleUpstreamSessions,
      deadlines,
    } = await ask(gateway.child, 'figures');
    memory.push(heapMiB);
    console.log(
      `${String(calls).padStart(8)} calls  heap ${heapMiB.toFixed(1).padStart(6)} MiB  rss ${rssMiB.toFixed(0).padStart(4)} MiB  ` +
        `calls ${open} streams ${streams} sessions ${sessions} questions ${serverRequests} idle upstream ${idleUpstreamSessions} deadlines ${deadlines}`,
    );
  }
  const slope = (memory.at(-1) - memory[1]) / Math.max(1, memory.length - 2);
  console.log(`heap grew ${slope.toFixed(2)} MiB for each ${BATCH} calls after the first`);
} finally {
  for (const { child } of [policy, upstream, gateway]) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
