import { EngineError } from '../engine-error.js';

/** Creates the database that a ClickHouse url names, and answers that url. */
export async function ensureClickHouseDatabase(serverUrl: string, database: string): Promise<string> {
  const url = new URL(serverUrl);
  const response = await fetch(url.origin, {
    method: 'POST',
    headers: {
      'X-ClickHouse-User': decodeURIComponent(url.username),
      'X-ClickHouse-Key': decodeURIComponent(url.password),
    },
    body: `CREATE DATABASE IF NOT EXISTS ${database}`,
  });
  const text = await response.text();
  if (!response.ok) throw new EngineError(`ClickHouse refused to create its database: ${text.trim()}`);
  url.pathname = `/${database}`;
  return url.href;
}
