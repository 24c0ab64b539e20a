import { z } from 'zod';

/** Who caused an event. `id` is unique within the organization; `name` is for people and may change. */
export const actorSchema = z.object({
  type: z.enum(['user', 'api_key', 'agent', 'service']),
  id: z.string().max(256),
  name: z.string().max(256).optional(),
});
export type Actor = z.infer<typeof actorSchema>;

/**
 * Where a gateway event came from. `seq` is dense within (`id`, `epoch`): a missing number is a lost event,
 * a repeated one a redelivery. `epoch` starts anew with each gateway process.
 */
export const gatewaySequenceSchema = z.object({
  id: z.string().max(128),
  epoch: z.string().max(64),
  seq: z.number().int().nonnegative(),
});
export type GatewaySequence = z.infer<typeof gatewaySequenceSchema>;

/** Organization of events that belong to no organization, such as refusals of callers nobody could identify. */
export const SYSTEM_TENANT = 'system';

/**
 * The envelope every event on every topic travels in (architecture section 5).
 *
 * - `id`: UUIDv7, unique for the event; a redelivery carries the same id.
 * - `stream` / `position`: the entity the event belongs to and its place there; `position` is -1 for events
 *   of topics that are not event-sourced streams.
 * - `occurredAt`: RFC 3339 in UTC, the producer's clock.
 * - `correlationId`: same story; `causationId`: direct parent; `traceparent`: W3C Trace Context.
 */
export const envelopeSchema = z.object({
  id: z.string().max(64),
  type: z.string().max(128),
  version: z.number().int().positive(),
  tenantId: z.string().max(64),
  stream: z.string().max(256),
  position: z.number().int(),
  occurredAt: z.string().max(40),
  actor: actorSchema,
  correlationId: z.string().max(256),
  causationId: z.string().max(256).nullable(),
  traceparent: z.string().max(128).nullable(),
  gateway: gatewaySequenceSchema.optional(),
  data: z.unknown(),
});
export type EventEnvelope<Type extends string = string, Data = unknown> = Omit<
  z.infer<typeof envelopeSchema>,
  'type' | 'data'
> & { type: Type; data: Data };
