import type { Database } from '@portcullis/postgres';
import { alertStore } from './alerts/alert-store.js';
import { idempotency } from './commands/idempotency.js';
import { groupStore } from './grouping/group-store.js';
import { stormBucketStore } from './grouping/storm-bucket-store.js';
import { takenMarks } from './intake/taken-marks.js';

const DAY_MS = 86_400_000;

/** Keeps the tables small; each step is bounded and leaves the rest to the next time. */
export async function keepHouse(
  database: Database,
  { now, alertDays }: { readonly now: number; readonly alertDays: number },
): Promise<void> {
  await idempotency.expire(database);
  await takenMarks.expire(database);
  await alertStore.expire(database, now - alertDays * DAY_MS);
  await groupStore.dropEmpty(database, null);
  await stormBucketStore.expire(database, now - 7 * DAY_MS);
}
