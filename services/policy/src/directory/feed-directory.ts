import type { EventStore } from '@portcullis/eventing';
import type { Directory } from './directory.js';

/**
 * The store as the follower of the decide side reads it, with everything it reads shown to the directory first: once a
 * replica reports a position, its answers to queries have it too.
 */
export function feedDirectory(
  directory: Directory,
  store: Pick<EventStore, 'readAll' | 'subscribe'>,
): Pick<EventStore, 'readAll' | 'subscribe'> {
  return {
    subscribe: (listener) => store.subscribe(listener),
    async readAll(afterPosition, limit) {
      const events = await store.readAll(afterPosition, limit);
      directory.apply(events);
      return events;
    },
  };
}
