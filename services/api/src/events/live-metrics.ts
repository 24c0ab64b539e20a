import { Gauge, type Registry } from 'prom-client';
import type { LiveFeed } from './live-feed.js';

/** Figures of the live feed for `/metrics`. */
export function registerLiveMetrics(registry: Registry, feed: Pick<LiveFeed, 'clients' | 'filters'>): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('api_live_clients', 'Clients of the live feed, over SSE and socket.io.', () => feed.clients);
  gauge('api_live_filters', 'Different filters they watch by.', () => feed.filters);
}
