import type { AUDIT_EVENT_COLUMNS, AuditEventColumn } from '@portcullis/contracts';

type ColumnValue<Type extends string> = Type extends `Map(${string}`
  ? Readonly<Record<string, string>>
  : Type extends `UInt64`
    ? number | string
    : Type extends `UInt${string}` | `Float${string}`
      ? number
      : string;

/** A row of `audit_events` as it is inserted: every column of the contract, times as `2026-01-02 03:04:05.678`. */
export type AuditRow = {
  -readonly [Column in AuditEventColumn]: ColumnValue<(typeof AUDIT_EVENT_COLUMNS)[Column]>;
};

/** Where in the log a row came from. */
export interface LogPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** `row_version`: the terminal event replaces the row made up for a completion that never came. */
export const ROW_VERSION = { unknown: 1, terminal: 2 } as const;

/** Every column at its default; the writer sets `ingested_at`. */
export function emptyRow(): AuditRow {
  return {
    tenant_id: '', event_time: '', event_id: '', type: '', row_version: ROW_VERSION.terminal, corrected: 0,
    method: '', tool: '', resource: '', prompt: '', decision: '', outcome: '', reason: '',
    rule: '', policy: '', policy_id: '', revision: 0, conditions: '',
    connection: '', connection_id: '', user: '', user_bound: 0, agent: '', key: '', key_id: '', client: '',
    session: '', protocol_session: '', trace: '', traceparent: '', source_ip: '', actor: '',
    latency_ms: 0, upstream_ms: 0, policy_ms: 0, bytes_in: 0, bytes_out: 0, risk: 0, error: '',
    args: '', args_digest: '', result: '', result_digest: '', metadata: {}, attrs: {}, raw: '',
    retention_class: 0, log_topic: '', log_partition: 0, log_offset: 0,
    gateway_id: '', gateway_epoch: '', gateway_seq: 0, schema_version: 0, ingested_at: '',
  }; // prettier-ignore
}

/**
 * Groups by the table partition the rows go to: an insert into one partition is stored whole or not at all. The names
 * are part of deduplication tokens.
 */
export function byTablePartition<Item>(
  items: readonly Item[],
  rowOf: (item: Item) => AuditRow,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const row = rowOf(item);
    const partition = `${row.event_time.slice(0, 4)}${row.event_time.slice(5, 7)}-${row.retention_class}`;
    const group = groups.get(partition);
    if (group) group.push(item);
    else groups.set(partition, [item]);
  }
  return groups;
}
