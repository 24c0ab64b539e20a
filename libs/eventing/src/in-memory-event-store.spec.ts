import { eventStoreContract } from './event-store.contract.js';
import { InMemoryEventStore } from './in-memory-event-store.js';

eventStoreContract('in memory', {
  open: (upcasters) =>
    Promise.resolve({ store: new InMemoryEventStore(upcasters), close: () => Promise.resolve() }),
});
