import type { ChannelType } from '@portcullis/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SendResult } from '../channels/channel.js';
import type { DeliveryEvents } from './delivery-worker.js';

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** Figures of deliveries for `/metrics`. */
export class DeliveryMetrics implements DeliveryEvents {
  private readonly attempts: Counter<'channel_type' | 'outcome'>;
  private readonly latency: Histogram<'channel_type'>;

  constructor(registry: Registry, waiting: () => Promise<number>) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'notification_delivery_attempts_total',
      help: 'Attempts to deliver a notification, by how they ended.',
      labelNames: ['channel_type', 'outcome'],
      registers,
    });
    this.latency = new Histogram({
      name: 'notification_delivery_seconds',
      help: 'How long an attempt took.',
      labelNames: ['channel_type'],
      buckets: SECONDS,
      registers,
    });
    new Gauge({
      name: 'notification_deliveries_waiting',
      help: 'Notifications that are neither delivered nor dead; -1 when the database does not say.',
      registers,
      async collect() {
        this.set(await waiting().catch(() => -1));
      },
    });
  }

  attempted(channelType: ChannelType, outcome: SendResult['kind'], latencyMs: number): void {
    this.attempts.inc({ channel_type: channelType, outcome });
    this.latency.observe({ channel_type: channelType }, latencyMs / 1_000);
  }
}
