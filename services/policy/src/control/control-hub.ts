import { CONTROL_HEARTBEAT_MS, type ControlMessage } from '@portcullis/contracts';
import type { ConnectedGateway } from '../follower/replica-store.js';
import { processOf } from '../sealing/gateway-keys.js';
import type { ApiKey, PositionedChange } from '../state/organization.js';

/** Where a stream's lines go: a response to a gateway. */
export interface ControlSink {
  write(line: string): void;
  /** Bytes written that the gateway has not taken yet. */
  readonly pendingBytes: number;
  /** Ends the stream at once. */
  cut(): void;
}

export interface ControlHubOptions {
  readonly replica: string;
  /** Everything up to here is in force. */
  readonly position: () => number;
  /** Orders up to here may have been given: what stops somebody does not wait for rules to be in force. */
  readonly ordered: () => number;
  /** A replica that is not up to date keeps silent, so that its gateways stop trusting what they hold open. */
  readonly fresh: () => boolean;
  readonly takeExpired: (now: number) => readonly ApiKey[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** A gateway came, went or confirmed. */
  readonly onGateways?: () => void;
  readonly onCutOff?: (gateway: { id: string; epoch: string }) => void;
}

export interface GatewayStream {
  readonly id: string;
  readonly epoch: string;
  /** The gateway is gone. */
  closed(): void;
}

/** Gateways one replica serves. */
const STREAM_LIMIT = 1_000;
/** What a gateway may leave unread: some thousand orders. */
const PENDING_LIMIT = 256 * 1024;
/** Heartbeats a gateway may leave unread, whatever their size. */
const UNREAD_BEATS_LIMIT = 10;
/** Orders remembered for gateways that come back. */
const REMEMBERED = 4_096;

interface Stream {
  readonly id: string;
  readonly epoch: string;
  readonly sink: ControlSink;
  confirmed: number;
  unreadBeats: number;
}

type Order = Extract<ControlMessage, { type: 'stop' | 'published' }> & { readonly position: number };

/** The control streams of one replica: what changed goes to every gateway at once, heartbeats every 500 ms. */
export class ControlHub {
  readonly #streams = new Map<string, Stream>();
  readonly #remembered: Order[] = [];
  /** Orders at or before this position may have been forgotten. */
  #forgotten = -1;
  #timer: NodeJS.Timeout | undefined;
  cutOff = 0;
  readonly #now: () => number;

  constructor(private readonly options: ControlHubOptions) {
    this.#now = options.now ?? Date.now;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.beat(), CONTROL_HEARTBEAT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const stream of this.#streams.values()) stream.sink.cut();
    this.#streams.clear();
  }

  get full(): boolean {
    return this.#streams.size >= STREAM_LIMIT;
  }

  /** A gateway process has one stream; a second one replaces the first. */
  connect(
    gateway: { id: string; epoch: string },
    after: number | undefined,
    sink: ControlSink,
  ): GatewayStream {
    const process = processOf(gateway.id, gateway.epoch);
    this.#streams.get(process)?.sink.cut();
    const position = this.options.position();
    const stream: Stream = { ...gateway, sink, confirmed: after ?? this.options.ordered(), unreadBeats: 0 };
    this.#streams.set(process, stream);
    const resumed = after === undefined ? undefined : after > this.#forgotten;
    this.#send(stream, {
      type: 'welcome',
      replica: this.options.replica,
      position,
      ...(resumed === undefined ? {} : { resumed }),
    });
    if (after !== undefined && resumed) {
      // From `after` itself on: an expiry has the position at which it was noticed. Orders can be obeyed twice.
      for (const order of this.#remembered) if (order.position >= after) this.#send(stream, order);
    }
    this.options.onGateways?.();
    return {
      ...gateway,
      closed: () => {
        if (this.#streams.get(process) !== stream) return;
        this.#streams.delete(process);
        this.options.onGateways?.();
      },
    };
  }

  /** False when the gateway has no stream here. A gateway cannot confirm what has not happened. */
  confirm(gateway: { id: string; epoch: string }, position: number): boolean {
    const stream = this.#streams.get(processOf(gateway.id, gateway.epoch));
    if (!stream) return false;
    const confirmed = Math.min(position, this.options.ordered());
    if (confirmed > stream.confirmed) {
      stream.confirmed = confirmed;
      this.options.onGateways?.();
    }
    return true;
  }

  /** What changed. Called once all of it is in force, so that whoever asks anew gets the new answer. */
  announce(changes: readonly PositionedChange[]): void {
    for (const order of withoutRepetition(changes.map(orderOf))) {
      this.#remember(order);
      const line = `${JSON.stringify(order)}\n`;
      for (const stream of this.#streams.values()) this.#write(stream, line);
    }
  }

  /** One heartbeat to every gateway. Keys whose time has come are announced first. */
  beat(): void {
    const now = this.#now();
    const position = this.options.position();
    this.announce(
      this.options.takeExpired(now).map((key) => ({
        type: 'stopped',
        reach: { tenantId: key.organization.id, keyId: key.id },
        mode: 'stop',
        reason: 'The API key has expired.',
        cause: 'key_revoked',
        position,
      })),
    );
    if (!this.options.fresh()) return;
    const line = `${JSON.stringify({ type: 'heartbeat', at: new Date(now).toISOString(), position } satisfies ControlMessage)}\n`;
    for (const stream of this.#streams.values()) {
      stream.unreadBeats = stream.sink.pendingBytes > 0 ? stream.unreadBeats + 1 : 0;
      if (stream.unreadBeats > UNREAD_BEATS_LIMIT) this.#cutOff(stream);
      else this.#write(stream, line);
    }
  }

  gateways(): ConnectedGateway[] {
    return [...this.#streams.values()].map(({ id, epoch, confirmed }) => ({ id, epoch, confirmed }));
  }

  /** Of the gateways connected to this replica: how many have confirmed everything up to a position. */
  summary(position: number): { confirmed: number; connected: number } {
    return summarize(this.gateways(), position);
  }

  #remember(order: Order): void {
    this.#remembered.push(order);
    if (this.#remembered.length <= REMEMBERED) return;
    // In blocks, so that forgetting costs nothing for each order.
    const dropped = this.#remembered.splice(0, REMEMBERED / 4);
    this.#forgotten = dropped.at(-1)?.position ?? this.#forgotten;
  }

  #send(stream: Stream, message: ControlMessage): void {
    this.#write(stream, `${JSON.stringify(message)}\n`);
  }

  #write(stream: Stream, line: string): void {
    stream.sink.write(line);
    if (stream.sink.pendingBytes > PENDING_LIMIT) this.#cutOff(stream);
  }

  /** A gateway that does not read would never obey: without heartbeats it refuses by itself, or comes back. */
  #cutOff(stream: Stream): void {
    const process = processOf(stream.id, stream.epoch);
    if (this.#streams.get(process) !== stream) return;
    this.#streams.delete(process);
    this.cutOff += 1;
    stream.sink.cut();
    this.options.onCutOff?.({ id: stream.id, epoch: stream.epoch });
    this.options.onGateways?.();
  }
}

/** Each gateway process counts once, with the most it has confirmed: streams move between replicas. */
export function summarize(
  gateways: readonly ConnectedGateway[],
  position: number,
): { confirmed: number; connected: number } {
  const processes = new Map<string, number>();
  for (const { id, epoch, confirmed } of gateways) {
    const process = processOf(id, epoch);
    processes.set(process, Math.max(processes.get(process) ?? 0, confirmed));
  }
  let confirmed = 0;
  for (const value of processes.values()) if (value >= position) confirmed += 1;
  return { confirmed, connected: processes.size };
}

function orderOf(change: PositionedChange): Order {
  const { reach, position } = change;
  if (change.type === 'published') return { type: 'published', reach, position };
  return { type: 'stop', reach, mode: change.mode, reason: change.reason, cause: change.cause, position };
}

/** Many rules published at once are one reason to look again: the last one. */
function withoutRepetition(orders: readonly Order[]): Order[] {
  const last = new Map<string, Order>();
  for (const order of orders) if (order.type === 'published') last.set(JSON.stringify(order.reach), order);
  return orders.filter((order) => order.type === 'stop' || last.get(JSON.stringify(order.reach)) === order);
}
