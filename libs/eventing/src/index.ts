export type { DomainEvent, EventMetadata, NewEvent, RecordedEvent } from './event.js';
export type { Command } from './command.js';
export { foldEvents, type Decider } from './decider.js';
export { Rejection, type RejectionIssue, type RejectionKind } from './rejection.js';
export {
  VersionConflict,
  type AppendOptions,
  type AppendResult,
  type EventFeed,
  type EventStore,
  type ExpectedVersion,
  type ReadOptions,
  type Stream,
  type StreamStore,
} from './event-store.js';
export { EventCatalogue, type EventDefinition } from './event-catalogue.js';
export { InMemoryEventStore } from './in-memory-event-store.js';
export { Upcasters, type Upcaster } from './upcasters.js';
export { uuidV7 } from './uuid-v7.js';
export { uuidV8 } from './uuid-v8.js';
