import { envelopeSchema, findingRaisedDataSchema, type AnomalyView } from '@portcullis/contracts';

/**
 * The view of a finding's event as it was recorded. Undefined for one that this release cannot show: a newer one has
 * written it, and Lens shows it still.
 */
export function anomalyView(recorded: string): AnomalyView | undefined {
  let value: unknown;
  try {
    value = JSON.parse(recorded);
  } catch {
    return undefined;
  }
  const event = envelopeSchema.safeParse(value);
  const finding = findingRaisedDataSchema.safeParse(event.data?.data);
  if (!event.success || !finding.success) return undefined;
  const { findingId, connection, ...data } = finding.data;
  return {
    id: findingId,
    timestamp: event.data.occurredAt,
    connection: connection?.slug ?? null,
    connectionId: connection?.id ?? null,
    traceId: event.data.correlationId === '' ? null : event.data.correlationId,
    ...data,
  };
}
