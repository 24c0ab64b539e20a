export { Igris } from './igris.js';
export {
  IgrisAuthError,
  IgrisError,
  IgrisHoldPendingError,
  IgrisPolicyDeniedError,
  IgrisRateLimitError,
  IgrisSessionSuspendedError,
  IgrisToolError,
  type IgrisErrorDetails,
} from './errors.js';
export type { CallOptions, IgrisOptions } from './options.js';
export type { McpContent, McpTool, McpToolResult } from './mcp.js';
export type { AuditEvent, AuditFilter } from './audit.js';
export type { LensRange, LensResult } from './lens.js';
