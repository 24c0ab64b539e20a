import { describe, expect, it } from 'vitest';
import { controlMessageSchema, type ControlMessage } from '@portcullis/contracts';
import type { ApiKey, PositionedChange } from '../state/organization.js';
import { ControlHub, summarize } from './control-hub.js';

class FakeGateway {
  readonly messages: ControlMessage[] = [];
  pendingBytes = 0;
  reading = true;
  open = true;

  write(line: string): void {
    expect(line.endsWith('\n')).toBe(true);
    if (this.reading) this.messages.push(controlMessageSchema.parse(JSON.parse(line)));
    else this.pendingBytes += line.length;
  }
  cut(): void {
    this.open = false;
  }
  get types(): string[] {
    return this.messages.map(({ type }) => type);
  }
}

function rig() {
  const world = {
    position: 10,
    fresh: true,
    now: Date.parse('2026-01-01T00:00:00Z'),
    expired: [] as ApiKey[],
    changes: 0,
  };
  const hub = new ControlHub({
    replica: 'replica-1',
    position: () => world.position,
    ordered: () => world.position,
    fresh: () => world.fresh,
    takeExpired: () => world.expired.splice(0),
    now: () => world.now,
    onGateways: () => (world.changes += 1),
  });
  const connect = (id: string, after?: number) => {
    const gateway = new FakeGateway();
    const stream = hub.connect({ id, epoch: 'e' }, after, gateway);
    return { gateway, stream };
  };
  return { world, hub, connect };
}

const stop = (position: number, keyId = 'k'): PositionedChange => ({
  type: 'stopped',
  reach: { tenantId: 't', keyId },
  mode: 'stop',
  reason: 'r',
  cause: 'key_revoked',
  position,
});
const publish = (position: number, connectionId = 'c'): PositionedChange => ({
  type: 'published',
  reach: { tenantId: 't', connectionId },
  position,
});

describe('control hub', () => {
  it('welcomes a gateway, beats, and gives orders to all', () => {
    const { world, hub, connect } = rig();
    const one = connect('one').gateway;
    const two = connect('two').gateway;
    hub.beat();
    world.position = 11;
    hub.announce([stop(11)]);
    expect(one.messages).toEqual([
      { type: 'welcome', replica: 'replica-1', position: 10 },
      { type: 'heartbeat', at: '2026-01-01T00:00:00.000Z', position: 10 },
      {
        type: 'stop',
        reach: { tenantId: 't', keyId: 'k' },
        mode: 'stop',
        reason: 'r',
        cause: 'key_revoked',
        position: 11,
      },
    ]);
    expect(two.messages).toEqual(one.messages);
  });

  it('keeps silent while it is not up to date', () => {
    const { world, hub, connect } = rig();
    const { gateway } = connect('one');
    world.fresh = false;
    hub.beat();
    expect(gateway.types).toEqual(['welcome']);
    world.fresh = true;
    hub.beat();
    expect(gateway.types).toEqual(['welcome', 'heartbeat']);
  });

  it('tells many publications of one place once, and every stop', () => {
    const { hub, connect } = rig();
    const { gateway } = connect('one');
    hub.announce([publish(11), stop(12), publish(13), publish(14, 'other'), stop(15)]);
    expect(
      gateway.messages
        .slice(1)
        .map((message) => [message.type, 'position' in message ? message.position : null]),
    ).toEqual([
      ['stop', 12],
      ['published', 13],
      ['published', 14],
      ['stop', 15],
    ]);
  });

  it('stops what an expired key holds open', () => {
    const { world, hub, connect } = rig();
    const { gateway } = connect('one');
    world.expired = [{ id: 'key-1', organization: { id: 't' } } as unknown as ApiKey];
    hub.beat();
    hub.beat();
    expect(gateway.types).toEqual(['welcome', 'stop', 'heartbeat', 'heartbeat']);
    expect(gateway.messages[1]).toMatchObject({
      cause: 'key_revoked',
      reach: { tenantId: 't', keyId: 'key-1' },
    });
  });

  it('repeats to a gateway that comes back what it may have missed', () => {
    const { world, hub, connect } = rig();
    hub.announce([stop(8, 'old'), stop(11, 'missed')]);
    world.position = 11;
    const { gateway } = connect('one', 10);
    expect(gateway.messages).toMatchObject([
      { type: 'welcome', resumed: true },
      { type: 'stop', reach: { keyId: 'missed' } },
    ]);
  });

  it('says so when it no longer knows what a gateway missed', () => {
    const { world, hub, connect } = rig();
    world.position = 10_000;
    hub.announce(Array.from({ length: 5_000 }, (_, index) => stop(index + 1)));
    expect(connect('one', 10).gateway.messages).toEqual([
      { type: 'welcome', replica: 'replica-1', position: 10_000, resumed: false },
    ]);
    const late = connect('two', 4_998).gateway;
    expect(late.messages).toMatchObject([
      { resumed: true },
      { position: 4_998 },
      { position: 4_999 },
      { position: 5_000 },
    ]);
  });

  it('cuts off a gateway whose orders pile up, and no other', () => {
    const { hub, connect } = rig();
    const { gateway: deaf } = connect('deaf');
    const { gateway: good } = connect('good');
    deaf.reading = false;
    hub.announce(Array.from({ length: 3_000 }, (_, index) => stop(11 + index)));
    expect([deaf.open, good.open, hub.cutOff]).toEqual([false, true, 1]);
    expect(deaf.pendingBytes).toBeLessThan(300 * 1024);
    expect(good.messages).toHaveLength(3_001);
    expect(hub.gateways()).toEqual([{ id: 'good', epoch: 'e', confirmed: 10 }]);
  });

  it('cuts off a gateway that leaves its heartbeats unread', () => {
    const { hub, connect } = rig();
    const { gateway } = connect('deaf');
    gateway.reading = false;
    gateway.pendingBytes = 80;
    for (let beat = 0; beat < 10; beat += 1) hub.beat();
    expect(gateway.open).toBe(true);
    hub.beat();
    expect(gateway.open).toBe(false);
  });

  it('has one stream for a gateway process: a second replaces the first', () => {
    const { hub, connect } = rig();
    const first = connect('one');
    const second = connect('one');
    expect([first.gateway.open, second.gateway.open]).toEqual([false, true]);
    first.stream.closed();
    expect(hub.gateways()).toHaveLength(1);
    second.stream.closed();
    expect(hub.gateways()).toHaveLength(0);
  });

  it('counts who has confirmed an order', () => {
    const { world, hub, connect } = rig();
    connect('one');
    connect('two');
    world.position = 12;
    expect(hub.summary(12)).toEqual({ confirmed: 0, connected: 2 });
    expect(hub.confirm({ id: 'one', epoch: 'e' }, 12)).toBe(true);
    expect(hub.summary(12)).toEqual({ confirmed: 1, connected: 2 });
    // Nobody can confirm ahead of what happened, nor take it back.
    hub.confirm({ id: 'two', epoch: 'e' }, 99);
    hub.confirm({ id: 'two', epoch: 'e' }, 3);
    expect(hub.gateways().map(({ confirmed }) => confirmed)).toEqual([12, 12]);
    expect(hub.confirm({ id: 'one', epoch: 'other' }, 12)).toBe(false);
    // Whoever connects now has nothing open that the order could be about.
    connect('three');
    expect(hub.summary(12)).toEqual({ confirmed: 3, connected: 3 });
    expect(world.changes).toBe(5);
  });

  it('counts a gateway process once, wherever its stream is', () => {
    const at = (id: string, confirmed: number) => ({ id, epoch: 'e', confirmed });
    expect(summarize([at('one', 3), at('one', 9), at('two', 4)], 5)).toEqual({ confirmed: 1, connected: 2 });
  });
});
