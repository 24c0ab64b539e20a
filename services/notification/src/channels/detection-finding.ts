import type { AlertSeverity } from '@portcullis/contracts';
import type { AlertSummary, Notification } from '../delivery/notification.js';
import { plainText } from './plain-text.js';

const SEVERITY_IDS = { info: 1, low: 2, medium: 3, high: 4, critical: 5 } as const satisfies Record<
  AlertSeverity,
  number
>;
/** Activities of the class: Create 1, Update 2, Close 3. */
const ACTIVITY_IDS = { firing: 1, resolved: 3, test: 1 } as const;
const STATUS_IDS = { open: 1, reopened: 1, acknowledged: 2, resolved: 4 } as const;

/** An alert as a Detection Finding (class 2004) of OCSF 1.5. */
export function detectionFinding(
  alert: AlertSummary,
  notification: Pick<Notification, 'id' | 'tenantId' | 'kind' | 'createdAt'>,
): object {
  const activity = ACTIVITY_IDS[notification.kind];
  const actor = { user: { name: text(alert.user) ?? 'unknown' }, app_name: text(alert.agent) };
  return {
    category_uid: 2,
    class_uid: 2004,
    type_uid: 200_400 + activity,
    activity_id: activity,
    time: Date.parse(notification.createdAt),
    severity_id: SEVERITY_IDS[alert.severity],
    status_id: STATUS_IDS[alert.state],
    message: plainText(alert.title),
    metadata: {
      version: '1.5.0',
      uid: notification.id,
      tenant_uid: notification.tenantId,
      product: { name: 'Portcullis', vendor_name: 'Portcullis' },
    },
    finding_info: {
      uid: alert.id,
      title: plainText(alert.title),
      types: [plainText(alert.kind, 64)],
      first_seen_time: Date.parse(alert.firstSeenAt),
      last_seen_time: Date.parse(alert.lastSeenAt),
      ...(alert.link === null ? {} : { src_url: alert.link }),
    },
    count: alert.occurrences,
    actor,
    ...(alert.tool === null
      ? {}
      : { api: { operation: text(alert.tool), service: { name: text(alert.connection) ?? '' } } }),
    ...(alert.rule === null ? {} : { policy: { name: text(alert.rule) } }),
    ...(notification.kind === 'test' ? { unmapped: { test: true } } : {}),
  };
}

function text(value: string | null): string | undefined {
  return value === null ? undefined : plainText(value, 256);
}
