import { once } from 'node:events';
import { fork } from 'node:child_process';
import { Pool } from 'undici';
import { callBody } from './call.mjs';

/** Starts one of the processes beside this file and waits for its first message. */
export async function part(name, args = []) {
  const child = fork(new URL(`./${name}-process.mjs`, import.meta.url), args.map(String), {
    execArgv: (process.env.NODE_FLAGS ?? '--expose-gc').split(' '),
  });
  const [message] = await once(child, 'message');
  return { child, message };
}

export async function ask(child, message) {
  child.send(message);
  return (await once(child, 'message'))[0];
}

/** Calls for `ms` from `clients` at once. */
export async function load(port, clients, ms) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: clients });
  const latencies = [];
  const until = performance.now() + ms;
  const headers = { 'content-type': 'application/json' };
  let failed = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let from = performance.now(); from < until; from = performance.now()) {
        const { statusCode, body } = await pool.request({
          path: '/',
          method: 'POST',
          headers,
          body: callBody,
        });
        await body.text();
        if (statusCode !== 200) failed += 1;
        latencies.push(performance.now() - from);
      }
    }),
  );
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)];
  return { perSecond: Math.round((latencies.length * 1000) / ms), p50: at(0.5), p99: at(0.99), failed };
}

export function line({ perSecond, p50, p99, failed }) {
  const figures = `${String(perSecond).padStart(6)}/s  p50 ${p50.toFixed(2).padStart(6)} ms  p99 ${p99.toFixed(2).padStart(6)} ms`;
  return failed > 0 ? `${figures}  FAILED ${failed}` : figures;
}
