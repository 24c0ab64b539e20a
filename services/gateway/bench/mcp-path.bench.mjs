// A whole call, with and without a protocol session, beside the same call made directly in the same run; policy and the
// upstream are processes of their own. Needs a build: npx tsc -b services/gateway/tsconfig.lib.json
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, line, part } from './parts/load.mjs';
import { load } from './parts/mcp-load.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const MS = Number(process.env.MS ?? 4_000);

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const socket = join(folder, 'policy.sock');
const policy = await part('policy', [socket]);
const upstream = await part('mcp-upstream');
const gateway = await part('mcp-gateway', [socket, upstream.message, join(folder, 'spool')]);
const key = { authorization: `Bearer ig_${'k'.repeat(40)}` };
const through = { port: gateway.message.port, path: '/v1/mcp/shop', headers: key };
try {
  await load({ ...through, clients: 4, ms: 3_000 });
  for (const clients of (process.env.CLIENTS ?? '1,8,32').split(',').map(Number)) {
    console.log(`\n${clients} client(s)`);
    for (let round = 0; round < ROUNDS; round += 1) {
      console.log(
        `  direct        ${line(await load({ port: upstream.message, path: '/mcp', clients, ms: MS / 2, session: true }))}`,
      );
      for (const session of [false, true]) {
        const before = await ask(gateway.child, 'figures');
        const result = await load({ ...through, clients, ms: MS, session });
        const { cpu, rssMiB } = await ask(gateway.child, 'figures');
        const us = (cpu.user + cpu.system - before.cpu.user - before.cpu.system) / result.calls;
        console.log(
          `  ${session ? 'session      ' : 'no handshake '} ${line(result)}  cpu ${us.toFixed(0).padStart(4)} us a call  rss ${rssMiB.toFixed(0)} MiB`,
        );
      }
    }
  }
} finally {
  for (const { child } of [policy, upstream, gateway]) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
