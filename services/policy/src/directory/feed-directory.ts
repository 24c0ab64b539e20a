import type { EventFeed } from '@portcullis/eventing';
import type { Directory } from './directory.js';

/**
 * The store as the follower of the decide side reads it, with everything it reads shown to the directory first: once a
 * replica reports a position, its answers to queries have it too.
 */
export function feedDirectory(directory: Directory, store: EventFeed): EventFeed {
  return {
    subscribe: (listener) => store.subscribe(listener),
    idAt: (position) => store.idAt(position),
    async readAll(afterPosition, limit) {
      const events = await store.readAll(afterPosition, limit);
      directory.apply(events);
      return events;
    },
  };
}
