import { type CustomTransportStrategy, type IncomingEvent, Server } from '@nestjs/microservices';
import {
  type Assignment,
  type EventLog,
  EventLogError,
  type LogBatch,
  type RunningReader,
} from '@portcullis/eventlog';
import { isObservable, lastValueFrom } from 'rxjs';
import { LogContext } from './log-context.js';
import { LogProgress, type PartitionProgress } from './log-progress.js';

export interface LogConsumerOptions {
  /** Started by the caller and closed by the caller, after the application. */
  readonly log: EventLog;
  /** Consumer group: `<service>.<purpose>`. */
  readonly group: string;
  /** Where a group without offsets starts. */
  readonly from: 'beginning' | 'end';
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  /** Wait at most this long to fill a batch. */
  readonly maxWaitMs?: number;
  /** Called, and awaited, before the first batch of each assignment of a partition. */
  readonly onAssigned?: (assignment: Assignment) => Promise<void>;
  /** Told of every failed handler and of every trouble with the log. Consumption goes on by itself. */
  readonly onError?: (error: unknown) => void;
  /**
   * Only needed when one application has several strategies: handlers then say whose they are with
   * `@EventPattern('<topic>', transportId)`.
   */
  readonly transportId?: symbol;
}

/**
 * Nest's transport over the event log: `@EventPattern('<topic>')` methods are handed whole batches, and a batch is
 * committed when every handler of its topic has returned. A handler that throws commits nothing and gets the records
 * again after a back-off; Nest's base class would swallow the error and lose them.
 */
export class LogConsumerStrategy extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: LogConsumerOptions;
  readonly #progress: LogProgress;
  #reader: RunningReader | undefined;

  constructor(options: LogConsumerOptions) {
    super();
    this.#options = options;
    this.#progress = new LogProgress(options.log, options.group);
    if (options.transportId !== undefined) this.setTransportId(options.transportId);
  }

  /** Starts reading. An unknown topic, or a handler that expects single requests, fails the start. */
  listen(callback: (error?: unknown) => void): void {
    this.#start().then(() => callback(), callback);
  }

  /** Resolves when the handlers in flight have ended and what they finished is committed. */
  async close(): Promise<void> {
    this.#progress.stop();
    await this.#reader?.stop();
    this.#reader = undefined;
  }

  /** For the health page: not ok while a partition's handler fails or the log is away. Reads memory only. */
  readonly check = (): { ok: boolean; detail?: string } => this.#progress.check();

  /** Progress and lag by partition, by `topic/partition`; refreshed every few seconds. */
  progress(): ReadonlyMap<string, PartitionProgress> {
    return this.#progress.partitions();
  }

  get lastError(): { readonly at: number; readonly error: unknown } | undefined {
    return this.#progress.lastError;
  }

  override async handleEvent(pattern: string, packet: IncomingEvent, context: LogContext): Promise<void> {
    const handler = this.getHandlerByPattern(pattern);
    if (!handler) throw new EventLogError('eventlog.unknown_topic', `No handler consumes ${pattern}.`);
    await this.runWithProcessingHooks(context, async (end) => {
      const result: unknown = await handler(packet.data, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      end();
    });
  }

  /** The transport has no events of its own: see `onError` and `check`. */
  on(): never {
    throw new Error('LogConsumerStrategy emits no events.');
  }

  unwrap<T>(): T {
    return this.#options.log as T;
  }

  async #start(): Promise<void> {
    const { log, group, onError } = this.#options;
    const topics = [...this.messageHandlers.keys()];
    if (topics.length === 0) throw new Error(`Consumer group ${group} has no @EventPattern handlers.`);
    for (const [topic, handler] of this.messageHandlers) {
      if (!handler.isEventHandler) {
        throw new Error(`${topic} of consumer group ${group} is a @MessagePattern; the log has events only.`);
      }
    }
    this.#reader = await log.subscribe({
      ...this.#options,
      topics,
      onBatch: (batch) => this.#handle(batch),
      onError: (error) => {
        this.#progress.failed(error);
        if (onError) onError(error);
        else this.logger.error(error);
      },
    });
    this.#progress.start(topics);
  }

  async #handle(batch: LogBatch): Promise<void> {
    const { topic, partition } = batch;
    try {
      await this.handleEvent(
        topic,
        { pattern: topic, data: batch },
        new LogContext(this.#options.group, batch),
      );
    } catch (error) {
      this.#progress.batchFailed(topic, partition);
      throw error;
    }
    this.#progress.batchHandled(batch);
  }
}
