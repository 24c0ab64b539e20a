import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { EngineError } from '../engine-error.js';

const run = promisify(execFile);

export interface Account {
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root. Started as root, it runs as the system's `postgres` user, which is created when
 * there is none; otherwise as whoever started it (undefined).
 */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await accountOf('postgres')) ?? (await createAccount());
}

async function accountOf(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number.parseInt(uid.stdout, 10), gid: Number.parseInt(gid.stdout, 10) };
  } catch {
    return undefined;
  }
}

async function createAccount(): Promise<Account> {
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ]);
  } catch (cause) {
    throw new EngineError(
      'Postgres cannot run as root and no user "postgres" could be created; start as a normal user.',
      {
        cause,
      },
    );
  }
  const account = await accountOf('postgres');
  if (!account) throw new EngineError('Postgres cannot run as root: start as a normal user.');
  return account;
}
