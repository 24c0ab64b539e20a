import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError } from '@portcullis/clickhouse';

const RETRY_MS = 200;
/**
 * Tokens hold for this process alone. Were they the same for ever, a replay that is to bring back rows the store has
 * lost would be taken for a repetition and stored nowhere; what a process before this one stored is found by its offsets.
 */
const RUN = randomUUID();

/** An insert whose outcome is not known is repeated once: its token makes that safe. */
export async function insertTwice(token: string, insert: (token: string) => Promise<void>): Promise<void> {
  try {
    await insert(`${RUN}/${token}`);
  } catch (error) {
    const code = error instanceof ClickHouseError ? error.code : undefined;
    if (code !== 'clickhouse.connection' && code !== 'clickhouse.timeout') throw error;
    await sleep(RETRY_MS);
    await insert(`${RUN}/${token}`);
  }
}
