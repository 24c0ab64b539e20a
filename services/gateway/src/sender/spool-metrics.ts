import { Counter, Gauge, type Registry } from 'prom-client';
import type { SpoolCallRecorder } from '../recording/spool-call-recorder.js';
import { oldestUnsentAt } from '../spool/oldest-unsent.js';
import type { SpoolCounter } from '../spool/spool-state.js';
import type { Spool } from '../spool/spool.js';

/** What an operator watches of the path from a call to the event log. Read when asked for: calls pay nothing. */
export function registerSpoolMetrics(
  registry: Registry,
  spool: Spool,
  recorder: Pick<SpoolCallRecorder, 'lost'>,
): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  const sender = (name: SpoolCounter) => () => spool.state.counter(name);

  gauge('gateway_spool_bytes', 'Bytes of the spool on disk.', () => spool.usedBytes);
  gauge(
    'gateway_spool_oldest_unsent_seconds',
    'Age of the oldest record the event log has not taken.',
    () => {
      const at = oldestUnsentAt(spool.directory, spool.state);
      return at === null ? 0 : Math.max(0, (Date.now() - at) / 1000);
    },
  );
  gauge('gateway_spool_refusing', '1 while the spool takes no records and calls are refused.', () =>
    spool.status.ok ? 0 : 1,
  );
  gauge(
    'gateway_sender_failing',
    '1 while the event log or the spool cannot be reached by the sender.',
    sender('failing'),
  );
  counter('gateway_spool_records_appended_total', 'Records of this process.', () => spool.nextSequence);
  counter(
    'gateway_spool_records_lost_total',
    'Best-effort records the spool did not take.',
    () => recorder.lost,
  );
  counter(
    'gateway_spool_quarantined_bytes_total',
    'Damaged bytes that were set aside.',
    sender('quarantinedBytes'),
  );
  counter('gateway_sender_records_sent_total', 'Records the event log has taken.', sender('sent'));
  counter('gateway_sender_batches_total', 'Appends the event log has taken.', sender('batches'));
  counter('gateway_sender_retries_total', 'Attempts that failed and were made again.', sender('retries'));
  counter(
    'gateway_sender_dead_letters_total',
    'Records the event log takes in no form.',
    sender('deadLettered'),
  );
}
