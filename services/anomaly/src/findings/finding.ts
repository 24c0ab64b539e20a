import type { FindingDetail, FindingKind, FindingSeverity } from '@portcullis/contracts';
import type { CallSeen } from '../calls/call-seen.js';

/** What a detector found; `findingEvent` makes the published event of it. Times are milliseconds since the epoch. */
export interface Finding {
  readonly kind: FindingKind;
  readonly version: number;
  readonly severity: FindingSeverity;
  /** One sentence; names in it have passed `nameInText`. */
  readonly title: string;
  /** Whom it is about beside the connection; '' for the connection as a whole. With the window's start it makes the id. */
  readonly subject: string;
  /** Whether agent, key, session and user of the cause are part of it. */
  readonly personal: boolean;
  readonly tool: string | null;
  readonly observed: { readonly value: number; readonly unit: string; readonly detail: FindingDetail };
  readonly expected: {
    readonly value: number | null;
    readonly threshold: number | null;
    readonly detail: FindingDetail;
  };
  /** From, included, to, excluded. */
  readonly window: { readonly from: number; readonly to: number };
  readonly lensQuery: { readonly q: string; readonly from: number; readonly to: number };
  /** Oldest first; only the latest are published. */
  readonly evidence: readonly string[];
  readonly suppressed: number;
  /** The call that caused it. */
  readonly cause: CallSeen;
}
