/**
 * Protocol revisions with an `initialize` handshake that this gateway speaks, newest first. 2024-11-05 is here because
 * an upstream may negotiate down to it over Streamable HTTP; its own HTTP+SSE transport is not spoken.
 */
export const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;
export type Revision = (typeof REVISIONS)[number];

/** What the gateway offers when it opens an upstream session by itself. */
export const LATEST_REVISION: Revision = '2025-11-25';

/** Assumed when a request without session carries no `MCP-Protocol-Version`: the spec's rule. */
export const ASSUMED_REVISION: Revision = '2025-03-26';

/** First revision without a handshake; recognized so that its clients are told what is supported. */
export const FIRST_STATELESS_REVISION = '2026-07-28';

/** The key in `params._meta` that marks a request of a stateless revision. */
export const REVISION_META_KEY = 'io.modelcontextprotocol/protocolVersion';

/** JSON-RPC code the spec has for a revision the server does not speak; `data` is `{ supported, requested }`. */
export const UNSUPPORTED_REVISION_CODE = -32022;

const known: ReadonlySet<string> = new Set(REVISIONS);

export function isRevision(value: string): value is Revision {
  return known.has(value);
}

/** Whether clients of this revision send `MCP-Protocol-Version` and upstreams expect it. */
export function hasVersionHeader(revision: string): boolean {
  return revision >= '2025-06-18';
}
