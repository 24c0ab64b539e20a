/**
 * A topic of the event log. The partition count is fixed for good: keys are hashed onto partitions, so a change
 * would break the order of a key's events.
 */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  /** How long records are kept at least, in days. Consumers must catch up within it. */
  readonly retentionDays: number;
}

export const TOPICS = {
  /** Decisions and completions of calls; keyed by organization and connection. */
  calls: { name: 'gateway.calls.v1', partitions: 8, retentionDays: 7 },
  /** Domain events of the policy service; keyed by stream. */
  policyChanges: { name: 'policy.changes.v1', partitions: 1, retentionDays: 30 },
  /** Sign-ins, sensitive views and exports; keyed by organization. */
  apiActivity: { name: 'api.activity.v1', partitions: 1, retentionDays: 30 },
  /** Findings of the anomaly service; keyed by organization and connection. */
  anomalyFindings: { name: 'anomaly.findings.v1', partitions: 1, retentionDays: 30 },
  /** Deliveries of the notification service; keyed by organization. */
  notificationDeliveries: { name: 'notification.deliveries.v1', partitions: 1, retentionDays: 30 },
} as const satisfies Record<string, TopicDefinition>;

export type TopicName = (typeof TOPICS)[keyof typeof TOPICS]['name'];

/** The dead-letter topic of a topic: raw records nobody could process, for a person to look at and replay. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

/** Every topic of a deployment, dead-letter topics included. */
export function allTopics(): TopicDefinition[] {
  return Object.values(TOPICS).flatMap((topic) => [
    topic,
    { name: deadLetterTopic(topic.name), partitions: 1, retentionDays: 30 },
  ]);
}
