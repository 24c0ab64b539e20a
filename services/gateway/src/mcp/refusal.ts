import { REFUSALS, type DecideResponse, type ErrorProfile, type RefusalReason } from '@portcullis/contracts';

/** Why a request is not served: a value, not an error, because refusing is ordinary work. */
export class Refusal {
  constructor(
    readonly reason: RefusalReason,
    readonly details: {
      /** For the caller, after the reason's own sentence. */
      readonly message?: string;
      /** Joins `reason` in `error.data`. */
      readonly data?: Readonly<Record<string, unknown>>;
      /** Where the spec has a code of its own. */
      readonly code?: number;
      readonly retryAfterMs?: number;
    } = {},
  ) {}
}

/** The gateway itself has as much to do as it may. */
export function overloaded(message: string): Refusal {
  return new Refusal('rate.limited', {
    message,
    retryAfterMs: RETRY_MS,
    data: { retryAfterMs: RETRY_MS },
  });
}

const RETRY_MS = 1_000;

/** What the answer to a refused request depends on beside the reason (contract section 1, "Which status carries it"). */
export interface RefusedRequest {
  /** JSON text of the request's id; null when it has none or it could not be made out. */
  readonly idText: string | null;
  readonly method: string | undefined;
  readonly profile: ErrorProfile;
  /** Carries `MCP-Protocol-Version` or `Mcp-Session-Id`: a client that reads JSON-RPC errors from a 200. */
  readonly mcpClient: boolean;
  readonly hasSession: boolean;
}

export interface RefusalAnswer {
  readonly status: number;
  readonly body: string;
}

export function refusalAnswer(refusal: Refusal, request: RefusedRequest): RefusalAnswer {
  const byStatus = REFUSALS[refusal.reason].status;
  if (carriedByStatus(refusal.reason, request))
    return { status: byStatus, body: errorBody(refusal, request.idText) };
  switch (request.profile) {
    case 'http':
      return { status: byStatus, body: errorBody(refusal, request.idText) };
    case 'jsonrpc':
      return { status: 200, body: errorBody(refusal, request.idText) };
    case 'result':
      return {
        status: 200,
        body:
          request.method === 'tools/call'
            ? resultBody(refusal, request.idText)
            : errorBody(refusal, request.idText),
      };
    case 'auto':
      return { status: request.mcpClient ? 200 : byStatus, body: errorBody(refusal, request.idText) };
  }
}

/** Refusals of the HTTP exchange rather than of one request in it: every profile answers them by status. */
function carriedByStatus(reason: RefusalReason, request: RefusedRequest): boolean {
  switch (REFUSALS[reason].status) {
    case 400:
    case 401:
    case 405:
    case 406:
    case 413:
    case 415:
      return true;
    case 403:
      return reason === 'origin.forbidden' || reason === 'auth.insufficient_scope';
    case 404:
      return reason === 'session.not_found' || request.method === 'initialize' || !request.hasSession;
    default:
      return false;
  }
}

export function refusalMessage(refusal: Refusal): string {
  const { message } = REFUSALS[refusal.reason];
  const detail = refusal.details.message;
  return detail === undefined || detail === '' ? message : `${message.replace(/\.$/, '')}: ${detail}`;
}

export function errorBody(refusal: Refusal, idText: string | null): string {
  const code = refusal.details.code ?? REFUSALS[refusal.reason].code;
  const error = {
    code,
    message: refusalMessage(refusal),
    data: { reason: refusal.reason, ...refusal.details.data },
  };
  return `{"jsonrpc":"2.0","id":${idText ?? 'null'},"error":${JSON.stringify(error)}}`;
}

/** A tool result with `isError`, which reaches the model. */
function resultBody(refusal: Refusal, idText: string | null): string {
  const result = {
    content: [{ type: 'text', text: refusalMessage(refusal) }],
    isError: true,
    _meta: { 'portcullis/refusal': { reason: refusal.reason, ...refusal.details.data } },
  };
  return `{"jsonrpc":"2.0","id":${idText ?? 'null'},"result":${JSON.stringify(result)}}`;
}

/** Headers that go with a refusal whatever carries it. */
export function refusalHeaders(refusal: Refusal, status: number): string[] {
  const headers = ['x-portcullis-refusal', refusal.reason];
  switch (refusal.reason) {
    case 'auth.required':
      headers.push('www-authenticate', 'Bearer realm="portcullis"');
      break;
    case 'auth.invalid':
    case 'auth.revoked':
      headers.push('www-authenticate', 'Bearer realm="portcullis", error="invalid_token"');
      break;
    case 'auth.insufficient_scope':
      headers.push('www-authenticate', 'Bearer realm="portcullis", error="insufficient_scope", scope="mcp"');
      break;
    case 'rate.limited':
      headers.push(
        'retry-after',
        String(Math.max(1, Math.ceil((refusal.details.retryAfterMs ?? 1000) / 1000))),
      );
      break;
    case 'request.method_not_allowed':
      if (status === 405) headers.push('allow', 'GET, POST, DELETE, OPTIONS');
      break;
  }
  return headers;
}

/** The refusal a decision amounts to; undefined when the call may go on. */
export function refusalOfDecision(
  answer: Pick<
    DecideResponse,
    'decision' | 'reason' | 'message' | 'scope' | 'rule' | 'policy' | 'retryAfterMs'
  >,
  decisionId: string,
): Refusal | undefined {
  const forwardable = answer.decision === 'allow' || answer.decision === 'alert';
  if (forwardable && answer.reason === null) return undefined;
  // A decision this gateway cannot carry out (hold, redact) must not become an allow.
  const reason =
    answer.reason !== null && Object.hasOwn(REFUSALS, answer.reason)
      ? (answer.reason as RefusalReason)
      : answer.decision === 'hold'
        ? 'hold.pending'
        : 'policy.denied';
  const message = answer.message ?? undefined;
  const data: Record<string, unknown> = {};
  if (answer.rule !== null) data['rule'] = answer.rule;
  if (answer.policy !== null) {
    data['policy'] = answer.policy.name;
    data['revision'] = answer.policy.revision;
  }
  if (answer.scope !== null) data['scope'] = answer.scope;
  if (message !== undefined) data['message'] = message;
  if (answer.retryAfterMs !== null) data['retryAfterMs'] = answer.retryAfterMs;
  if (!reason.startsWith('auth.')) data['decisionId'] = decisionId;
  return new Refusal(reason, { message, data, retryAfterMs: answer.retryAfterMs ?? undefined });
}
