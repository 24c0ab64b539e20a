import { TOPICS } from './topics.js';

/** A service that reads the log as a group: its committed offsets say how far it has come, whoever of its replicas reads. */
export interface ConsumerGroup {
  readonly service: string;
  readonly name: string;
  readonly topics: readonly string[];
}

/** Names are fixed for good: a group of another name begins anew. */
export const CONSUMER_GROUPS = {
  /** What is stored for Lens. */
  audit: { service: 'audit', name: 'audit.store', topics: Object.values(TOPICS).map(({ name }) => name) },
  /** Calls whose findings are in the log. */
  anomaly: { service: 'anomaly', name: 'anomaly.detection', topics: [TOPICS.calls.name] },
  /** What alerts are made of. */
  notification: {
    service: 'notification',
    name: 'notification.alerts',
    topics: [TOPICS.calls.name, TOPICS.policyChanges.name, TOPICS.anomalyFindings.name],
  },
  /** Calls that are in the records of agent sessions. */
  policy: { service: 'policy', name: 'policy.sessions', topics: [TOPICS.calls.name] },
} as const satisfies Record<string, ConsumerGroup>;
