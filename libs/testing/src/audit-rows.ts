/**
 * Realistic rows of `audit_events`, made inside the engine: a million take seconds and no memory here.
 *
 * The same options give the same rows on the same day. Sixteen neighbours share one millisecond, so that paging meets ties;
 * every argument text holds common words, one row in 50,000 the word `needle`.
 */
export interface AuditRowsOptions {
  /** How many rows, over all tenants. */
  readonly rows: number;
  readonly seed?: number;
  /** Tenants, taken in turn by hash; default `tenant-0` to `tenant-4`. */
  readonly tenants?: readonly string[];
  /**
   * End of the time range, exclusive, milliseconds since the epoch; default the start of today (UTC). Rows older than
   * their retention class vanish as soon as the engine merges.
   */
  readonly until?: number;
  /** Length of the time range in days; default 30. */
  readonly days?: number;
  /** Rows per INSERT statement; default 250,000. */
  readonly chunk?: number;
}

const DAY_MS = 86_400_000;

const list = (items: readonly string[]) =>
  `[${items.map((item) => `'${item.replace(/[\\']/g, '\\$&')}'`).join(',')}]`;
const TOOLS = [
  'search',
  'read_file',
  'create_issue',
  'list_issues',
  'query',
  'send_message',
  'refund',
  'get_customer',
  'write_file',
  'delete_record',
  'github:create_issue',
  'drop_table',
  'fetch',
  'update_ticket',
  'export_report',
  'run_job',
];
const WORDS = [
  'invoice',
  'customer',
  'refund',
  'order',
  'payment',
  'address',
  'report',
  'quarter',
  'summary',
  'branch',
  'deploy',
  'incident',
  'ticket',
  'priority',
  'assign',
  'review',
  'merge',
  'release',
  'feature',
  'bug',
  'schema',
  'table',
  'index',
  'latency',
  'error',
  'token',
  'session',
  'account',
  'balance',
  'contract',
  'renewal',
  'discount',
  'shipping',
  'Zürich',
];

/** Runs of words, so that the engine need not draw each word by itself. */
const SENTENCES = Array.from({ length: 97 }, (_, n) =>
  Array.from(
    { length: 2 + (n % 5) },
    (_word, i) => WORDS[(n * 7 + i * (n + 3)) % WORDS.length] as string,
  ).join(' '),
);

/** INSERT statements, to be run one after another; the sum of what they insert is `rows`. */
export function generateAuditRows(options: AuditRowsOptions): string[] {
  const {
    rows,
    seed = 1,
    days = 30,
    until = Math.floor(Date.now() / DAY_MS) * DAY_MS,
    chunk = 250_000,
  } = options;
  const tenants = options.tenants ?? [0, 1, 2, 3, 4].map((n) => `tenant-${n}`);
  const from = until - days * DAY_MS;
  const step = (days * DAY_MS) / Math.max(1, Math.ceil(rows / 16));
  const statements: string[] = [];
  for (let start = 0; start < rows; start += chunk) {
    statements.push(
      insertStatement({ start, count: Math.min(chunk, rows - start), seed, tenants, from, step }),
    );
  }
  return statements;
}

interface Chunk {
  readonly start: number;
  readonly count: number;
  readonly seed: number;
  readonly tenants: readonly string[];
  readonly from: number;
  readonly step: number;
}

function insertStatement({ start, count, seed, tenants, from, step }: Chunk): string {
  const h = (salt: number) => `sipHash64(number, ${seed}, ${salt})`;
  const pick = (items: readonly string[], hash: string) => `${list(items)}[1 + (${hash}) % ${items.length}]`;
  // The square of a uniform number: few values are frequent, many are rare.
  const skewed = (n: number, salt: number) => `toUInt64(floor(pow((${h(salt)} % 10000) / 10000, 2) * ${n}))`;
  return `INSERT INTO audit_events (tenant_id, event_time, event_id, type, row_version, corrected, method, tool, resource, prompt,
  decision, outcome, reason, rule, policy, policy_id, revision, conditions, connection, connection_id, user, user_bound, agent,
  key, key_id, client, session, protocol_session, trace, traceparent, source_ip, actor, latency_ms, upstream_ms, policy_ms,
  bytes_in, bytes_out, risk, error, args, args_digest, result, result_digest, metadata, attrs, raw, retention_class,
  log_topic, log_partition, log_offset, gateway_id, gateway_epoch, gateway_seq, schema_version, ingested_at)
WITH
  toInt64(${from}) + toInt64(intDiv(number, 16) * ${step}) AS ms,
  lower(leftPad(hex(toUInt64(ms)), 12, '0')) AS msHex,
  lower(hex(sipHash128(number, ${seed}))) AS random,
  ${h(1)} % 100 AS kindDice,
  multiIf(kindDice < 80, 'tool_call', kindDice < 88, 'resource_read', kindDice < 92, 'prompt_get', kindDice < 98, 'list', 'initialize') AS kind,
  ${h(2)} % 1000 AS decisionDice,
  multiIf(decisionDice < 930, 'allow', decisionDice < 985, 'deny', 'alert') AS verdict,
  multiIf(verdict = 'deny', 'denied', ${h(3)} % 100 < 3, 'tool_error', ${h(3)} % 100 < 4, 'error', 'ok') AS ending,
  ${skewed(12, 4)} AS conn, ${skewed(40, 5)} AS keyNo, ${skewed(2000, 6)} AS userNo,
  if(kind = 'tool_call', ${list(TOOLS)}[1 + ${skewed(TOOLS.length, 7)}], '') AS toolName,
  concat(${pick(SENTENCES, h(8))}, ' ', ${pick(SENTENCES, h(9))}, ' ', ${pick(WORDS, h(31))}) AS words
SELECT
  ${pick(tenants, h(10))},
  fromUnixTimestamp64Milli(ms, 'UTC'),
  toUUID(concat(substring(msHex, 1, 8), '-', substring(msHex, 9, 4), '-7', substring(random, 1, 3), '-a', substring(random, 4, 3), '-', substring(random, 7, 12))),
  kind, 2, 0,
  multiIf(kind = 'tool_call', 'tools/call', kind = 'resource_read', 'resources/read', kind = 'prompt_get', 'prompts/get', kind = 'list', 'tools/list', 'initialize'),
  toolName,
  if(kind = 'resource_read', concat('file:///srv/docs/', toString(${skewed(5000, 11)}), '.md'), ''),
  if(kind = 'prompt_get', concat('prompt_', toString(${h(12)} % 20)), ''),
  verdict, ending,
  if(verdict = 'deny', 'policy.denied', ''),
  concat('rule ', toString(${skewed(30, 13)})), concat('policy ', toString(conn % 4)), concat('policy-id-', toString(conn % 4)), 1 + ${h(14)} % 9,
  if(verdict = 'deny', '[{"attribute":"arguments.amount","operator":"gt","expected":500,"actual":912}]', '[]'),
  concat('connection-', toString(conn)), concat('connection-id-', toString(conn)),
  concat('user', toString(userNo), '@example.com'), ${h(15)} % 2, concat('agent-', toString(keyNo % 10)),
  concat('key ', toString(keyNo)), concat('key-id-', toString(keyNo)), concat('client-', toString(${h(16)} % 6), '/1.', toString(${h(17)} % 5)),
  concat('session-', toString(keyNo), '-', toString(conn), '-', toString(intDiv(ms, 7200000))), '',
  concat('ig_trace_', lower(hex(sipHash128(intDiv(number, 5), ${seed}, 18)))), '',
  concat('10.', toString(${h(19)} % 4), '.', toString(${h(20)} % 50), '.', toString(${h(21)} % 250)), '',
  2 + pow(${h(22)} % 1000 / 100, 3), if(verdict = 'deny', 0, 1 + pow(${h(22)} % 1000 / 100, 3)), 0.3 + ${h(23)} % 100 / 100,
  100 + ${h(24)} % 900, 50 + ${h(25)} % 5000, 0, if(ending = 'error', 'upstream.timeout', ''),
  if(kind = 'tool_call', concat('{"id":"', substring(random, 1, 12), '","amount":', toString(${h(26)} % 1000), ',"path":"/srv/', toString(${h(27)} % 300), '","text":"', words, if(${h(28)} % 50000 = 0, ' needle', ''), '"}'), ''),
  if(kind = 'tool_call', concat(random, random), ''),
  if(ending = 'ok', concat('{"content":[{"type":"text","text":"', reverse(words), ' ', substring(random, 14, 10), '"}]}'), ''),
  if(ending = 'ok', concat(random, random), ''),
  map('role', ${pick(['intern', 'engineer', 'support'], h(29))}, 'team', concat('team-', toString(${h(30)} % 8))),
  map('audit', 'buffered'), '', 400,
  'gateway.calls.v1', conn % 8, number, 'gateway-1', 'epoch-1', number, 1, fromUnixTimestamp64Milli(ms + 900, 'UTC')
FROM numbers(${start}, ${count})`;
}
