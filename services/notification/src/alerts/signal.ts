import type { Actor, AlertSeverity } from '@portcullis/contracts';
import type { AlertSubject, Evidence } from './alert.js';

/** Something fired, once or several times. Times are milliseconds since the epoch, by the clock of what happened. */
export interface Firing {
  readonly type: 'firing';
  readonly tenantId: string;
  readonly dedupKey: string;
  readonly kind: string;
  readonly severity: AlertSeverity;
  /** Plain text. */
  readonly title: string;
  readonly subject: AlertSubject;
  readonly evidence: Evidence;
  readonly occurrences: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The event behind it; the latest where there are several. */
  readonly cause: { readonly id: string; readonly correlationId: string };
}

/** What made it fire is over. */
export interface Release {
  readonly type: 'release';
  readonly tenantId: string;
  readonly dedupKey: string;
  readonly by: Actor;
  readonly cause: { readonly id: string; readonly correlationId: string };
}

export type Signal = Firing | Release;

/** A connection's id and slug belong together. */
export interface ConnectionNamed {
  readonly type: 'connection';
  readonly tenantId: string;
  readonly id: string;
  readonly slug: string;
}
