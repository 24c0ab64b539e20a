import type { LogRecord } from '@portcullis/eventlog';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { IntakeEvents } from '../intake/alert-intake.js';
import type { InvalidEvent } from '../signals/invalid-event.js';

export interface AlertMetricSources {
  /** Records not taken in yet, by `topic/partition`. */
  lag(): ReadonlyMap<string, bigint>;
}

/** Figures for `/metrics`, and a line in the log for what a person should know of. */
export class AlertMetrics implements IntakeEvents {
  private readonly signals: Counter<'topic' | 'outcome'>;
  private readonly deadLetters: Counter<'topic' | 'code'>;
  private readonly notifications: Counter<'how'>;

  constructor(
    registry: Registry,
    sources: AlertMetricSources,
    private readonly logger: { warn(details: object, message: string): void },
  ) {
    const registers = [registry];
    this.signals = new Counter({
      name: 'notification_signals_total',
      help: 'Firings and releases read from the log; repeated ones changed nothing.',
      labelNames: ['topic', 'outcome'],
      registers,
    });
    this.deadLetters = new Counter({
      name: 'notification_dead_letters_total',
      help: 'Records nobody could read, by what is wrong with them.',
      labelNames: ['topic', 'code'],
      registers,
    });
    this.notifications = new Counter({
      name: 'notification_notifications_total',
      help: 'Notifications handed to delivery; a digest stands for many.',
      labelNames: ['how'],
      registers,
    });
    new Gauge({
      name: 'notification_lag_records',
      help: 'Records not taken in yet.',
      labelNames: ['partition'],
      registers,
      collect() {
        for (const [partition, lag] of sources.lag()) this.set({ partition }, Number(lag));
      },
    });
  }

  taken(topic: string, { signals, repeated }: { readonly signals: number; readonly repeated: number }): void {
    this.signals.inc({ topic, outcome: 'new' }, signals - repeated);
    this.signals.inc({ topic, outcome: 'repeated' }, repeated);
  }

  deadLettered({ topic, partition, offset }: LogRecord, { code, message }: InvalidEvent): void {
    this.deadLetters.inc({ topic, code });
    const place = { topic, partition, offset: String(offset) };
    this.logger.warn(
      { ...place, code, detail: message },
      'a record cannot be read and went to the dead letters',
    );
  }

  notified(count: number, { digest }: { readonly digest: boolean }): void {
    this.notifications.inc({ how: digest ? 'digest' : 'group' }, count);
  }
}
