import type { SqlSession } from '@portcullis/postgres';

export type ReservationKind = 'connection_slug' | 'kill_switch';

/** Names of which an organization has one, taken and freed in the transaction of the events that say so. */
export interface Reservation {
  readonly tenantId: string;
  readonly kind: ReservationKind;
  readonly value: string;
  /** Id of what has the name. */
  readonly holder: string;
}

/** False when something else has it. Waits for a transaction that is about to take or free it. */
export async function reserve(
  session: SqlSession,
  { tenantId, kind, value, holder }: Reservation,
): Promise<boolean> {
  const rows = await session.query(
    `insert into policy.reservations (tenant_id, kind, value, holder) values ($1, $2, $3, $4)
     on conflict (tenant_id, kind, value) do nothing returning holder`,
    [tenantId, kind, value, holder],
  );
  return rows.length === 1;
}

export async function release(
  session: SqlSession,
  { tenantId, kind, holder }: Omit<Reservation, 'value'>,
): Promise<void> {
  await session.query('delete from policy.reservations where tenant_id = $1 and kind = $2 and holder = $3', [
    tenantId,
    kind,
    holder,
  ]);
}

/**
 * What has a name, or is it: the reservation by value or holder. Locked, so that what it names cannot go away before
 * the transaction ends.
 */
export async function findReserved(
  session: SqlSession,
  { tenantId, kind, name }: { tenantId: string; kind: ReservationKind; name: string },
): Promise<{ value: string; holder: string } | null> {
  const [row] = await session.query<{ value: string; holder: string }>(
    `select value, holder from policy.reservations
     where tenant_id = $1 and kind = $2 and (value = $3 or holder = $3)
     order by (holder = $3) desc limit 1 for share`,
    [tenantId, kind, name],
  );
  return row ?? null;
}
