/**
 * The ClickHouse table `audit_events`: a published contract, read by the api service and written by audit alone.
 * One row a request (or domain event), no joins. Numbered migrations in services/audit create it; this list is
 * held against the real table by a test there.
 *
 * Times are UTC. Strings that do not apply are empty, numbers zero: no Nullable columns.
 */
export const AUDIT_EVENTS_TABLE = 'audit_events';

export const AUDIT_EVENT_COLUMNS = {
  tenant_id: 'LowCardinality(String)',
  /** Time of the decision (or of the domain event). */
  event_time: "DateTime64(3, 'UTC')",
  /** Request id (or the domain event's id): the row's key. */
  event_id: 'UUID',
  /** tool_call, resource_read, prompt_get, list, initialize, method, refusals, or the domain event's type in snake case. */
  type: 'LowCardinality(String)',
  /** ReplacingMergeTree version: 1 synthesized `unknown`, 2 terminal event. */
  row_version: 'UInt8',
  /** 1 when a completion arrived after the row had been stored as `unknown`. */
  corrected: 'UInt8',
  method: 'LowCardinality(String)',
  tool: 'LowCardinality(String)',
  resource: 'String',
  prompt: 'String',
  decision: 'LowCardinality(String)',
  outcome: 'LowCardinality(String)',
  reason: 'LowCardinality(String)',
  rule: 'LowCardinality(String)',
  policy: 'LowCardinality(String)',
  policy_id: 'LowCardinality(String)',
  revision: 'UInt32',
  /** JSON text: the conditions of the rule that matched. */
  conditions: 'String',
  connection: 'LowCardinality(String)',
  connection_id: 'LowCardinality(String)',
  /** Effective end user. */
  user: 'String',
  user_bound: 'UInt8',
  agent: 'LowCardinality(String)',
  /** Label of the API key; `key_id` names it for good. */
  key: 'LowCardinality(String)',
  key_id: 'LowCardinality(String)',
  /** `name/version` of the MCP client. */
  client: 'LowCardinality(String)',
  /** Agent session. */
  session: 'String',
  protocol_session: 'String',
  trace: 'String',
  traceparent: 'String',
  source_ip: 'String',
  /** Who caused a domain event: `type:id`. */
  actor: 'String',
  latency_ms: 'Float64',
  upstream_ms: 'Float64',
  policy_ms: 'Float64',
  bytes_in: 'UInt64',
  bytes_out: 'UInt64',
  risk: 'Float32',
  error: 'LowCardinality(String)',
  /** JSON text, redacted, cut at 64 KiB. */
  args: 'String',
  args_digest: 'String',
  /** JSON text, redacted, cut at 16 KiB. */
  result: 'String',
  result_digest: 'String',
  /** The caller's X-Igris-Metadata, values as text. */
  metadata: 'Map(LowCardinality(String), String)',
  /** Everything else worth finding: for domain events the leaves of `before` and `after`. */
  attrs: 'Map(LowCardinality(String), String)',
  /** Copies of the event, for the drawer: whole JSON of events that are not calls; empty for calls. */
  raw: 'String',
  retention_class: 'UInt16',
  log_topic: 'LowCardinality(String)',
  log_partition: 'UInt16',
  log_offset: 'UInt64',
  gateway_id: 'LowCardinality(String)',
  gateway_epoch: 'LowCardinality(String)',
  gateway_seq: 'UInt64',
  schema_version: 'UInt8',
  ingested_at: "DateTime64(3, 'UTC')",
} as const;
export type AuditEventColumn = keyof typeof AUDIT_EVENT_COLUMNS;
