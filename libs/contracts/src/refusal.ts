/**
 * Every reason the gateway refuses a request for: the stable code clients see in `error.data.reason` and in the
 * header `X-Portcullis-Refusal`, the HTTP status of error profile `http`, and the JSON-RPC code.
 * Source: contract section 1. The spec's ranges (-32000..-32099) are used only for what the spec says.
 */
export const REFUSALS = {
  'auth.required': { status: 401, code: -31401, message: 'Authentication required.' },
  'auth.invalid': { status: 401, code: -31401, message: 'The credential is not valid.' },
  'auth.revoked': { status: 401, code: -31401, message: 'The credential has been revoked or has expired.' },
  'auth.insufficient_scope': {
    status: 403,
    code: -31403,
    message: 'The credential lacks the required scope.',
  },
  'origin.forbidden': {
    status: 403,
    code: -31403,
    message: 'The Host or Origin of this request is not allowed.',
  },
  'policy.denied': { status: 403, code: -31403, message: 'Denied by policy.' },
  'hold.pending': { status: 403, code: -31403, message: 'Waiting for approval.' },
  'hold.denied': { status: 403, code: -31403, message: 'Approval was refused.' },
  'hold.expired': { status: 403, code: -31403, message: 'Approval was not given in time.' },
  'connection.not_found': { status: 404, code: -31404, message: 'No such connection.' },
  'session.not_found': { status: 404, code: -32001, message: 'Session not found.' },
  'session.suspended': { status: 503, code: -31503, message: 'Suspended by an operator.' },
  'rate.limited': { status: 429, code: -31429, message: 'Rate limit reached.' },
  'upstream.unreachable': { status: 502, code: -31502, message: 'The upstream server cannot be reached.' },
  'upstream.invalid': { status: 502, code: -31502, message: 'The upstream server gave a bad answer.' },
  'upstream.timeout': { status: 504, code: -31504, message: 'The upstream server took too long.' },
  'policy.unavailable': { status: 503, code: -31503, message: 'The policy service is unavailable.' },
  'audit.unavailable': { status: 503, code: -31503, message: 'The audit record cannot be written.' },
  'request.malformed': { status: 400, code: -32700, message: 'The request is malformed.' },
  'request.invalid': { status: 400, code: -32600, message: 'The request is not a valid MCP message.' },
  'request.too_large': { status: 413, code: -32600, message: 'The request is over a limit.' },
  'request.method_not_allowed': {
    status: 405,
    code: -32600,
    message: 'The HTTP method is not allowed here.',
  },
  'request.not_acceptable': {
    status: 406,
    code: -32600,
    message: 'The Accept header does not allow an MCP answer.',
  },
  'request.unsupported_media_type': {
    status: 415,
    code: -32600,
    message: 'The content type must be application/json.',
  },
  'arguments.invalid': {
    status: 200,
    code: -32602,
    message: 'The arguments do not fit the schema of the tool.',
  },
  'arguments.too_large': {
    status: 413,
    code: -32600,
    message: 'The arguments are too large for a policy to inspect.',
  },
} as const satisfies Record<string, { status: number; code: number; message: string }>;

export type RefusalReason = keyof typeof REFUSALS;

/** How refusals of one request reach the client: contract section 1, "Which status carries it". */
export const ERROR_PROFILES = ['auto', 'http', 'jsonrpc', 'result'] as const;
export type ErrorProfile = (typeof ERROR_PROFILES)[number];
