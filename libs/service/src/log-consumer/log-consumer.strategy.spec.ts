import 'reflect-metadata';
import { type INestMicroservice, Module, Controller } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { InMemoryEventLog, type Assignment, type EventLog, type LogBatch } from '@portcullis/eventlog';
import { from, EMPTY, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logging/logger.js';
import { createHttpApp } from '../runtime/http-app.js';
import { LogConsumer } from './log-consumer.decorator.js';
import { LogConsumerStrategy, type LogConsumerOptions } from './log-consumer.strategy.js';
import type { LogContext } from './log-context.js';

const TOPIC = 'gateway.calls.v1';
const GROUP = 'audit.rows';

describe('LogConsumerStrategy', () => {
  let log: InMemoryEventLog;
  let app: INestMicroservice | undefined;
  let strategy: LogConsumerStrategy;
  let errors: unknown[];

  beforeEach(async () => {
    log = new InMemoryEventLog({ beatMs: 10, backOff: { minMs: 5, maxMs: 20 } });
    errors = [];
    await log.ensureTopics([
      { name: TOPIC, partitions: 1, retentionDays: 1 },
      { name: 'policy.changes.v1', partitions: 1, retentionDays: 1 },
    ]);
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
    await log.close();
  });

  async function start(
    controller: new () => object,
    options: Partial<LogConsumerOptions> = {},
  ): Promise<void> {
    @Module({ controllers: [controller] })
    class TestModule {}
    strategy = new LogConsumerStrategy({
      log,
      group: GROUP,
      from: 'beginning',
      onError: (error) => errors.push(error),
      ...options,
    });
    const starting = await NestFactory.createMicroservice(TestModule, {
      strategy,
      logger: false,
      abortOnError: false,
    });
    await starting.listen();
    app = starting;
  }

  it('hands batches with their offsets to the methods of their topics and commits them', async () => {
    const seen: { numbers: number[]; context: unknown }[] = [];

    @LogConsumer()
    class CallsConsumer {
      @EventPattern<string>(TOPIC)
      async onCalls(@Payload() batch: LogBatch, @Ctx() context: LogContext): Promise<void> {
        const { group, topic, partition, firstOffset, lastOffset, endOffset } = context;
        seen.push({
          numbers: numbers(batch),
          context: { group, topic, partition, firstOffset, lastOffset, endOffset },
        });
      }
    }

    await append(log, TOPIC, 1, 2, 3);
    await start(CallsConsumer);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(seen[0]).toEqual({
      numbers: [1, 2, 3],
      context: { group: GROUP, topic: TOPIC, partition: 0, firstOffset: 0n, lastOffset: 2n, endOffset: 3n },
    });
    await vi.waitFor(async () => expect((await log.committed(GROUP, TOPIC)).get(0)).toBe(3n));
  });

  // Nest swallows what an event handler throws, in several ways: each kind of handler is held to it.
  describe.each<[string, (fails: () => boolean, done: (n: number[]) => void) => new () => object]>([
    [
      'an async method',
      (fails, done) => {
        @LogConsumer()
        class Consumer {
          @EventPattern<string>(TOPIC)
          async on(@Payload() batch: LogBatch): Promise<void> {
            await Promise.resolve();
            if (fails()) throw new Error('clickhouse is away');
            done(numbers(batch));
          }
        }
        return Consumer;
      },
    ],
    [
      'a method that throws at once',
      (fails, done) => {
        @LogConsumer()
        class Consumer {
          @EventPattern<string>(TOPIC)
          on(@Payload() batch: LogBatch): void {
            if (fails()) throw new Error('clickhouse is away');
            done(numbers(batch));
          }
        }
        return Consumer;
      },
    ],
    [
      'a method that returns an observable',
      (fails, done) => {
        @LogConsumer()
        class Consumer {
          @EventPattern<string>(TOPIC)
          on(@Payload() batch: LogBatch) {
            if (fails()) return throwError(() => new Error('clickhouse is away'));
            done(numbers(batch));
            return EMPTY;
          }
        }
        return Consumer;
      },
    ],
    [
      'an observable that fails after a value',
      (fails, done) => {
        @LogConsumer()
        class Consumer {
          @EventPattern<string>(TOPIC)
          async on(@Payload() batch: LogBatch) {
            return from(
              (async function* () {
                yield 1;
                if (fails()) throw new Error('clickhouse is away');
                done(numbers(batch));
              })(),
            );
          }
        }
        return Consumer;
      },
    ],
    [
      'one of two methods of a topic',
      (fails, done) => {
        @LogConsumer()
        class Consumer {
          @EventPattern<string>(TOPIC)
          async first(): Promise<void> {}

          @EventPattern<string>(TOPIC)
          async second(@Payload() batch: LogBatch): Promise<void> {
            if (fails()) throw new Error('clickhouse is away');
            done(numbers(batch));
          }
        }
        return Consumer;
      },
    ],
  ])('%s that fails', (_, consumer) => {
    it('commits nothing and gets the batch again', async () => {
      let failures = 0;
      let failing = true;
      const seen: number[][] = [];
      const fails = () => {
        if (failing) failures += 1;
        return failing;
      };
      await append(log, TOPIC, 1, 2);
      await start(consumer(fails, (n) => seen.push(n)));
      await vi.waitFor(() => expect(failures).toBeGreaterThanOrEqual(3));
      expect((await log.committed(GROUP, TOPIC)).get(0)).toBeUndefined();
      expect(seen).toEqual([]);
      expect(errors).toContainEqual(new Error('clickhouse is away'));
      expect(strategy.lastError?.error).toEqual(new Error('clickhouse is away'));
      expect(strategy.check()).toMatchObject({ ok: false, detail: expect.stringContaining(`${TOPIC}/0`) });

      failing = false;
      await vi.waitFor(async () => expect((await log.committed(GROUP, TOPIC)).get(0)).toBe(2n));
      expect(seen).toEqual([[1, 2]]);
      expect(strategy.check().ok).toBe(true);
    });
  });

  it('commits nothing for a plain controller either, though Nest hides the cause', async () => {
    let calls = 0;

    @Controller()
    class PlainConsumer {
      @EventPattern<string>(TOPIC)
      async on(): Promise<void> {
        calls += 1;
        throw new Error('hidden');
      }
    }

    await append(log, TOPIC, 1);
    await start(PlainConsumer);
    await vi.waitFor(() => expect(calls).toBeGreaterThanOrEqual(2));
    expect((await log.committed(GROUP, TOPIC)).get(0)).toBeUndefined();
  });

  it('keeps to that in an application that answers HTTP, whose problem filter would make an answer of the error', async () => {
    let failures = 0;
    let failing = true;

    @LogConsumer()
    class CallsConsumer {
      @EventPattern<string>(TOPIC)
      async on(): Promise<void> {
        if (!failing) return;
        failures += 1;
        throw new Error('clickhouse is away');
      }
    }

    @Module({ controllers: [CallsConsumer] })
    class TestModule {}

    await append(log, TOPIC, 1);
    const http = await createHttpApp(TestModule, { logger: createLogger('test', 'fatal'), bodyLimit: 1_000 });
    strategy = new LogConsumerStrategy({
      log,
      group: GROUP,
      from: 'beginning',
      onError: (error) => errors.push(error),
    });
    http.connectMicroservice({ strategy });
    await http.startAllMicroservices();
    await vi.waitFor(() => expect(failures).toBeGreaterThanOrEqual(2));
    expect((await log.committed(GROUP, TOPIC)).get(0)).toBeUndefined();
    expect(errors).toContainEqual(new Error('clickhouse is away'));
    failing = false;
    await vi.waitFor(async () => expect((await log.committed(GROUP, TOPIC)).get(0)).toBe(1n));
    await http.close();
    await append(log, TOPIC, 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await log.committed(GROUP, TOPIC)).get(0)).toBe(1n);
  });

  it('awaits onAssigned before the first batch', async () => {
    const steps: string[] = [];

    @LogConsumer()
    class CallsConsumer {
      @EventPattern<string>(TOPIC)
      async on(): Promise<void> {
        steps.push('batch');
      }
    }

    await append(log, TOPIC, 1);
    await start(CallsConsumer, {
      onAssigned: async ({ topic, partition, offset }: Assignment) => {
        await new Promise((resolve) => setImmediate(resolve));
        steps.push(`${topic}/${partition} at ${offset}`);
      },
    });
    await vi.waitFor(() => expect(steps).toEqual([`${TOPIC}/0 at 0`, 'batch']));
  });

  it('tells lag by partition', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));

    @LogConsumer()
    class CallsConsumer {
      @EventPattern<string>(TOPIC)
      async on(): Promise<void> {
        await released;
      }
    }

    await append(log, TOPIC, 1, 2, 3);
    await start(CallsConsumer);
    await vi.waitFor(() => expect(strategy.progress().get(`${TOPIC}/0`)).toMatchObject({ lag: 3n, end: 3n }));
    expect(strategy.check()).toEqual({ ok: true, detail: 'lag 3' });
    release();
    await vi.waitFor(() =>
      expect(strategy.progress().get(`${TOPIC}/0`)).toMatchObject({ lag: 0n, position: 3n }),
    );
  });

  it('waits at close for the handler in flight and commits what it finished', async () => {
    let entered = false;
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));

    @LogConsumer()
    class CallsConsumer {
      @EventPattern<string>(TOPIC)
      async on(): Promise<void> {
        entered = true;
        await released;
      }
    }

    await append(log, TOPIC, 1);
    await start(CallsConsumer);
    await vi.waitFor(() => expect(entered).toBe(true));
    const closing = app!.close();
    app = undefined;
    release();
    await closing;
    expect((await log.committed(GROUP, TOPIC)).get(0)).toBe(1n);
  });

  it('serves two groups in one application by transport id', async () => {
    const [first, second] = [Symbol('first'), Symbol('second')];
    const seen: string[] = [];

    @LogConsumer()
    class Consumers {
      @EventPattern<string>(TOPIC, first)
      async onFirst(): Promise<void> {
        seen.push('first');
      }

      @EventPattern<string>(TOPIC, second)
      async onSecond(): Promise<void> {
        seen.push('second');
      }
    }

    await append(log, TOPIC, 1);
    await start(Consumers, { transportId: first });
    await vi.waitFor(() => expect(seen).toEqual(['first']));
    await app!.close();
    await start(Consumers, { transportId: second, group: 'other' });
    await vi.waitFor(() => expect(seen).toEqual(['first', 'second']));
  });

  describe('fails at start', () => {
    it('on a topic the log does not have', async () => {
      @LogConsumer()
      class WrongConsumer {
        @EventPattern<string>('gateway.cals.v1')
        async on(): Promise<void> {}
      }

      await expect(start(WrongConsumer)).rejects.toMatchObject({ code: 'eventlog.unknown_topic' });
    });

    it('on a handler that answers requests', async () => {
      @LogConsumer()
      class WrongConsumer {
        @MessagePattern(TOPIC)
        async on(): Promise<void> {}
      }

      await expect(start(WrongConsumer)).rejects.toThrow('@MessagePattern');
    });

    it('without any handler', async () => {
      @LogConsumer()
      class EmptyConsumer {}

      await expect(start(EmptyConsumer)).rejects.toThrow('no @EventPattern handlers');
    });

    it('when the log is away', async () => {
      @LogConsumer()
      class CallsConsumer {
        @EventPattern<string>(TOPIC)
        async on(): Promise<void> {}
      }

      log.setConnected(false);
      await expect(start(CallsConsumer)).rejects.toMatchObject({ code: 'eventlog.unavailable' });
      log.setConnected(true);
    });
  });

  it('is not healthy while the log is away', async () => {
    @LogConsumer()
    class CallsConsumer {
      @EventPattern<string>(TOPIC)
      async on(): Promise<void> {}
    }

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await start(CallsConsumer);
      await vi.advanceTimersByTimeAsync(1);
      expect(strategy.check().ok).toBe(true);
      log.setConnected(false);
      await vi.advanceTimersByTimeAsync(6_000);
      expect(strategy.check()).toEqual({ ok: false, detail: 'the event log cannot be reached' });
      log.setConnected(true);
      await vi.advanceTimersByTimeAsync(6_000);
      expect(strategy.check().ok).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});

async function append(log: EventLog, topic: string, ...given: number[]): Promise<void> {
  await log.append(given.map((n) => ({ topic, key: 'k', type: 'T', value: Buffer.from(String(n)) })));
}

function numbers(batch: LogBatch): number[] {
  return batch.records.map((record) => Number(Buffer.from(record.value).toString('utf8')));
}
