// The plumbing of a call, without MCP: decide, record, forward, record, answer; and what draining the spool into Postgres
// beside it costs. Beside a direct call in the same run; rounds alternate, because other work on a machine is not even.
// Needs a build: npx tsc -b services/gateway/tsconfig.lib.json libs/testing/tsconfig.lib.json
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@portcullis/testing';
import { ask, line, load, part } from './parts/load.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const MS = Number(process.env.MS ?? 4_000);
const SENDERS = ['no sender', 'sender'];

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const postgres = await startPostgres({ own: true });
const socket = join(folder, 'policy.sock');
const policy = await part('policy', [socket]);
const upstream = await part('upstream');
try {
  for (const clients of (process.env.CLIENTS ?? '1,8,32').split(',').map(Number)) {
    console.log(`\n${clients} client(s)`);
    for (let round = 0; round < ROUNDS; round += 1) {
      console.log(`  direct       ${line(await load(upstream.message, clients, MS / 2))}`);
      for (const sender of SENDERS) {
        const spool = join(folder, `spool-${clients}-${round}-${sender}`);
        const gateway = await part('gateway', [
          socket,
          upstream.message,
          spool,
          sender,
          await postgres.createDatabase(),
        ]);
        await load(gateway.message.port, clients, 1_000);
        const before = await ask(gateway.child, 'figures');
        const result = await load(gateway.message.port, clients, MS);
        const { behind, sent, batches, rssMiB, cpu } = await ask(gateway.child, 'figures');
        const cpuUs =
          (cpu.user + cpu.system - before.cpu.user - before.cpu.system) / ((result.perSecond * MS) / 1000);
        console.log(
          `  ${sender.padEnd(12)} ${line(result)}  cpu ${cpuUs.toFixed(0).padStart(4)} us a call  behind ${behind}  records a batch ${(sent / Math.max(1, batches)).toFixed(0)}  rss ${rssMiB} MiB`,
        );
        gateway.child.kill('SIGKILL');
        rmSync(spool, { recursive: true, force: true });
      }
    }
  }
} finally {
  policy.child.kill();
  upstream.child.kill();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
