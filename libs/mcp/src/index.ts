export {
  ASSUMED_REVISION,
  FIRST_STATELESS_REVISION,
  LATEST_REVISION,
  REVISIONS,
  REVISION_META_KEY,
  UNSUPPORTED_REVISION_CODE,
  hasVersionHeader,
  isRevision,
} from './revisions.js';
export type { Revision } from './revisions.js';
export { argumentsPart, knownMethods, methodTraits, targetOf } from './methods.js';
export type { MethodTraits, Target } from './methods.js';
export { JsonScanner, PART } from './json-scanner.js';
export type { Part, ScanFinding, ScanLimits } from './json-scanner.js';
export { elementRanges, keepElements, replaceRange, setMember } from './byte-edit.js';
export type { ByteRange } from './byte-edit.js';
export { MessageReader, MessageRefused, partOf } from './rpc-message.js';
export type { MessageLimits, RpcAnswer, RpcCall, RpcId, RpcMessage } from './rpc-message.js';
export { SseParser, SseTooLong } from './sse-parser.js';
export type { SseEvent } from './sse-parser.js';
export { SSE_KEEP_ALIVE, sseEvent } from './sse-event.js';
