import type { DomainEvent, EventMetadata, NewEvent } from './event.js';

/** What an event type is: its current version and the check its data must pass. */
export interface EventDefinition {
  readonly version: number;
  readonly schema: { parse(data: unknown): unknown };
}

/**
 * The closed list of a service's event types, and the one place that completes and checks an event before it is
 * stored. An unknown type or data that does not fit is a defect of the caller and throws.
 */
export class EventCatalogue {
  constructor(private readonly definitions: Readonly<Record<string, EventDefinition>>) {}

  get types(): string[] {
    return Object.keys(this.definitions);
  }

  complete(events: readonly DomainEvent[], metadata: EventMetadata, newId: () => string): NewEvent[] {
    return events.map((event) => {
      const definition = Object.hasOwn(this.definitions, event.type)
        ? this.definitions[event.type]
        : undefined;
      if (!definition) throw new Error(`Unknown event type ${event.type}.`);
      return {
        ...metadata,
        id: newId(),
        type: event.type,
        version: definition.version,
        data: definition.schema.parse(event.data),
      };
    });
  }
}
