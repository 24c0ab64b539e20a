import type { TargetKind } from '@portcullis/contracts';

/** Everything a decision may rest on. Facts that are not known are left out; null counts as left out. */
export interface PolicyRequest {
  organizationId: string;
  connection: { id: string; slug?: string | null; name?: string | null };
  kind: TargetKind;
  /** The JSON-RPC method; `tools/call` when an item of a tool list is filtered. */
  method: string;
  /** Tool name, resource URI or prompt name as the upstream knows it; empty for kind `method`. */
  name: string;
  /** Milliseconds since 1970: the only clock there is. */
  now: number;
  /** The user bound to the key, else the one the caller asserts. */
  user?: string | null;
  metadata?: Record<string, unknown> | null;
  arguments?: unknown;
  /** The arguments exist but were left out: a rule that needs them cannot be decided, and the request is refused. */
  argumentsOmitted?: boolean;
  key?: {
    id?: string | null;
    label?: string | null;
    /** Read as the attribute `agent`. */
    agent?: string | null;
    owner?: string | null;
    scopes?: readonly string[] | null;
  } | null;
  /** What the upstream said of the tool; its annotations take MCP's defaults. */
  tool?: {
    title?: string | null;
    annotations?: Record<string, unknown> | null;
    pin?: string | null;
    tags?: readonly string[] | null;
  } | null;
  session?: {
    id?: string | null;
    ageSeconds?: number | null;
    calls?: number | null;
    labels?: readonly string[] | null;
  } | null;
  /** Verified claims. */
  token?: Record<string, unknown> | null;
  client?: { name?: string | null; version?: string | null } | null;
  sourceIp?: string | null;
}
