import type { AlertSeverity, AlertState, NotificationKind } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';

export interface AlertSummary {
  readonly id: string;
  readonly kind: string;
  readonly severity: AlertSeverity;
  readonly state: AlertState;
  readonly title: string;
  readonly connection: string | null;
  readonly agent: string | null;
  readonly user: string | null;
  readonly tool: string | null;
  readonly rule: string | null;
  readonly occurrences: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly link: string | null;
}

/** Group key of a notification that tells of several groups. */
export const DIGEST = 'digest';

export interface Notification {
  readonly id: string;
  readonly tenantId: string;
  readonly channelId: string;
  readonly kind: NotificationKind;
  readonly groupKey: string;
  readonly alerts: readonly AlertSummary[];
  readonly omitted: number;
  /** Group keys whose incidents end with this beside its own; of a digest, all that end with it. */
  readonly ends?: readonly string[];
  readonly links: { readonly alerts: string | null };
  readonly createdAt: string;
}

export interface NotificationQueue {
  enqueue(session: SqlSession, notification: Notification): Promise<void>;
}
