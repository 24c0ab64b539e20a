import type { ServerResponse } from 'node:http';
import {
  CONTROL_ACK_PATH,
  CONTROL_PATH,
  controlHelloSchema,
  type ControlMessage,
} from '@portcullis/contracts';
import { generateSealingKeyPair } from '@portcullis/service';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakePolicy } from '../../test/fake-policy.js';
import { RecordingLog } from '../../test/spool-fixture.js';
import type { ControlStop } from '../ports.js';
import { ControlStream } from './control-stream.js';

const streams: ControlStream[] = [];
afterEach(async () => {
  for (const stream of streams.splice(0)) await stream.stop();
});

/** A policy whose side of the stream the test writes, and a gateway's stream to it. */
class Harness {
  readonly publicKey = generateSealingKeyPair().publicKey;
  readonly log = new RecordingLog();
  readonly stops: ControlStop[] = [];
  readonly published: unknown[] = [];
  readonly health: boolean[] = [];
  /** One for each time the gateway connected. */
  readonly sides: ServerResponse[] = [];
  refuse: number | null = null;
  refuseAcks = false;
  readonly policy = new FakePolicy({
    [CONTROL_PATH]: (_body, _request, response) => {
      if (this.refuse !== null) {
        response.writeHead(this.refuse, { 'content-length': 0 }).end();
        return undefined;
      }
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.flushHeaders();
      this.sides.push(response);
      return undefined;
    },
    [CONTROL_ACK_PATH]: (_body, _request, response) =>
      void response.writeHead(this.refuseAcks ? 404 : 204).end(),
  });
  readonly stream = new ControlStream({
    policy: this.policy.endpoint,
    token: 'the-token',
    gateway: { id: 'gateway-1', epoch: 'epoch-1' },
    publicKey: this.publicKey,
    log: this.log,
  });

  constructor() {
    streams.push(this.stream);
    this.stream.onStop((stop) => this.stops.push(stop));
    this.stream.onPublished((reach) => this.published.push(reach));
    this.stream.onHealth((healthy) => this.health.push(healthy));
  }

  async started(): Promise<this> {
    await this.policy.start();
    this.stream.start();
    await this.connected(1);
    return this;
  }
  async connected(times: number): Promise<void> {
    await vi.waitFor(() => expect(this.sides).toHaveLength(times), { timeout: 10_000 });
  }
  say(message: ControlMessage | string): void {
    this.sides.at(-1)?.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }
  async healthyIs(healthy: boolean): Promise<void> {
    await vi.waitFor(() => expect(this.stream.healthy).toBe(healthy), { timeout: 10_000 });
  }
  acks(): number[] {
    return this.policy.bodies(CONTROL_ACK_PATH).map((body) => (body as { position: number }).position);
  }
}

const welcome = (position: number, resumed?: boolean): ControlMessage => ({
  type: 'welcome',
  replica: 'replica-1',
  position,
  ...(resumed === undefined ? {} : { resumed }),
});
const heartbeat = (position: number): ControlMessage => ({
  type: 'heartbeat',
  at: '2026-01-02T03:04:05Z',
  position,
});
const stop = (position: number): ControlMessage => ({
  type: 'stop',
  reach: { tenantId: 'org-1', keyId: 'key-1' },
  mode: 'abort',
  reason: 'gone mad',
  cause: 'kill_switch',
  position,
});

describe('the control stream', () => {
  it('introduces the gateway and its key, and is healthy from the welcome on', async () => {
    const harness = await new Harness().started();
    expect(harness.stream.healthy).toBe(false);
    const [asked] = harness.policy.asked;
    expect(asked?.authorization).toBe('Bearer the-token');
    expect(controlHelloSchema.parse(asked?.body)).toEqual({
      gateway: { id: 'gateway-1', epoch: 'epoch-1' },
      publicKey: harness.publicKey,
    });
    harness.say(welcome(5));
    await harness.healthyIs(true);
    expect(harness.health).toEqual([true]);
  });

  it('delivers orders in order and confirms what was obeyed', async () => {
    const harness = await new Harness().started();
    const heard: string[] = [];
    harness.stream.onStop(() => heard.push('stop'));
    harness.stream.onPublished(() => heard.push('published'));
    harness.say(welcome(5));
    harness.say(stop(6));
    harness.say({ type: 'published', reach: { tenantId: 'org-1' }, position: 7 });
    await vi.waitFor(() => expect(harness.acks().at(-1)).toBe(7));
    expect(heard).toEqual(['stop', 'published']);
    expect(harness.stops).toEqual([
      {
        reach: { tenantId: 'org-1', keyId: 'key-1' },
        mode: 'abort',
        reason: 'gone mad',
        cause: 'kill_switch',
      },
    ]);
    expect(harness.published).toEqual([{ tenantId: 'org-1' }]);
    const [ack] = harness.policy.bodies(CONTROL_ACK_PATH);
    expect(ack).toEqual({ gateway: { id: 'gateway-1', epoch: 'epoch-1' }, position: 6 });
  });

  it('confirms again with the next heartbeat when policy did not take it', async () => {
    const harness = await new Harness().started();
    harness.refuseAcks = true;
    harness.say(welcome(5));
    harness.say(stop(6));
    await vi.waitFor(() => expect(harness.acks()).toEqual([6]));
    harness.refuseAcks = false;
    await vi.waitFor(() => {
      harness.say(heartbeat(6));
      expect(harness.acks()).toEqual([6, 6]);
    });
  });

  it('goes on where it was when the stream breaks, without closing anything', async () => {
    const harness = await new Harness().started();
    harness.say(welcome(5));
    harness.say(heartbeat(9));
    await harness.healthyIs(true);
    harness.sides[0]?.destroy();
    await harness.connected(2);
    expect(harness.policy.bodies(CONTROL_PATH)[1]).toMatchObject({ after: 9 });
    harness.say(welcome(12, true));
    harness.say(stop(10));
    await vi.waitFor(() => expect(harness.stops).toHaveLength(1));
    expect(harness.health).toEqual([true]);
  });

  it('asks again for the orders it may have missed when the stream breaks right behind the welcome', async () => {
    const harness = await new Harness().started();
    harness.say(welcome(5));
    harness.say(heartbeat(9));
    await harness.healthyIs(true);
    harness.sides[0]?.destroy();
    await harness.connected(2);
    harness.say(welcome(12, true));
    await vi.waitFor(() => expect(harness.log.lines.filter(({ level }) => level === 'info')).toHaveLength(2));
    harness.sides[1]?.destroy();
    await harness.connected(3);
    expect(harness.policy.bodies(CONTROL_PATH)[2]).toMatchObject({ after: 9 });
  });

  it('has everything closed, and says so to policy, when orders are missed for good', async () => {
    const harness = await new Harness().started();
    harness.say(welcome(5));
    await harness.healthyIs(true);
    harness.sides[0]?.destroy();
    await harness.connected(2);
    harness.say(welcome(12, false));
    await vi.waitFor(() => expect(harness.health).toEqual([true, false, true]));
    await vi.waitFor(() => expect(harness.acks()).toEqual([12]));
  });

  it('is unhealthy after two seconds of silence, and healthy again when policy is heard', async () => {
    const harness = await new Harness().started();
    harness.say(welcome(5));
    await harness.healthyIs(true);
    const from = performance.now();
    await harness.healthyIs(false);
    expect(performance.now() - from).toBeGreaterThan(1_500);
    expect(harness.health).toEqual([true, false]);
    await harness.connected(2);
    harness.say(welcome(6, true));
    await harness.healthyIs(true);
  });

  it('stays healthy while heartbeats come', async () => {
    const harness = await new Harness().started();
    harness.say(welcome(5));
    await harness.healthyIs(true);
    const beat = setInterval(() => harness.say(heartbeat(5)), 300);
    const from = performance.now();
    await vi.waitFor(() => expect(performance.now() - from).toBeGreaterThan(3_000), { timeout: 5_000 });
    clearInterval(beat);
    expect(harness.health).toEqual([true]);
    expect(harness.sides).toHaveLength(1);
  });

  it('does not go on past an order it cannot read', async () => {
    const harness = await new Harness().started();
    harness.say(welcome(5));
    await harness.healthyIs(true);
    harness.say('{"type":"stop","reach":"everything"}');
    await harness.connected(2);
    expect(harness.policy.bodies(CONTROL_PATH)[1]).toMatchObject({ after: 5 });
  });

  it('keeps trying while policy refuses or is away, and tells once', async () => {
    const harness = new Harness();
    harness.stream.start();
    await vi.waitFor(() => expect(harness.log.lines).toHaveLength(1));
    harness.refuse = 503;
    await harness.policy.start();
    await vi.waitFor(() => expect(harness.policy.bodies(CONTROL_PATH).length).toBeGreaterThan(1), {
      timeout: 10_000,
    });
    harness.refuse = null;
    await harness.connected(1);
    harness.say(welcome(1));
    await harness.healthyIs(true);
    expect(harness.log.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('is found again after policy died and returned', async () => {
    const harness = await new Harness().started();
    harness.say(welcome(5));
    await harness.healthyIs(true);
    await harness.policy.die();
    await harness.policy.start();
    await harness.connected(2);
    harness.say(welcome(5, true));
    await vi.waitFor(() => expect(harness.log.lines.filter(({ level }) => level === 'info')).toHaveLength(2));
    expect(harness.stream.healthy).toBe(true);
  });
});
