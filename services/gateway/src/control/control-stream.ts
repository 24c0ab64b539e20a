import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import {
  CONTROL_ACK_PATH,
  CONTROL_PATH,
  CONTROL_SILENCE_MS,
  type ControlAck,
  type ControlHello,
  type ControlMessage,
  type ControlReach,
} from '@portcullis/contracts';
import { InternalClient, type Endpoint } from '@portcullis/service';
import { backOffMs } from '../back-off.js';
import type { ControlEvents, ControlStop, Log } from '../ports.js';
import { ControlLines } from './control-lines.js';

export interface ControlStreamOptions {
  readonly policy: Endpoint;
  readonly token: string;
  readonly gateway: { readonly id: string; readonly epoch: string };
  /** Raw X25519 key of this process, base64url: credentials are sealed to it. */
  readonly publicKey: string;
  readonly log: Log;
}

const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 1_000;
const WATCH_MS = 250;

/**
 * The stream of orders from policy. While it is heard from, open streams of callers may stay open; after 2 s of silence
 * the gateway cannot know who has been stopped, and everything governed is closed (contract section 4). A stream that
 * breaks and is back sooner goes on where it was: policy repeats the orders in between, or says that it cannot.
 */
export class ControlStream implements ControlEvents {
  private readonly acknowledger: InternalClient;
  private readonly stopListeners = new Set<(stop: ControlStop) => void>();
  private readonly publishedListeners = new Set<(reach: ControlReach) => void>();
  private readonly healthListeners = new Set<(healthy: boolean) => void>();
  private isHealthy = false;
  private heardAt = 0;
  private failures = 0;
  /** Highest position policy told of; undefined in a process that never had a stream. */
  private position: number | undefined;
  private obeyed = -1;
  private acknowledged = -1;
  private acknowledging = false;
  private outgoing: ClientRequest | null = null;
  private watch: NodeJS.Timeout | null = null;
  private reconnect: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(private readonly options: ControlStreamOptions) {
    this.acknowledger = new InternalClient(options.policy, options.token, 'policy');
  }

  get healthy(): boolean {
    return this.isHealthy;
  }

  onStop(listener: (stop: ControlStop) => void): () => void {
    return added(this.stopListeners, listener);
  }
  onPublished(listener: (reach: ControlReach) => void): () => void {
    return added(this.publishedListeners, listener);
  }
  onHealth(listener: (healthy: boolean) => void): () => void {
    return added(this.healthListeners, listener);
  }

  start(): void {
    this.heardAt = performance.now();
    this.watch = setInterval(() => this.checkSilence(), WATCH_MS).unref();
    this.connect();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.watch !== null) clearInterval(this.watch);
    if (this.reconnect !== null) clearTimeout(this.reconnect);
    this.outgoing?.destroy();
    await this.acknowledger.close();
  }

  private connect(): void {
    const { policy, token, gateway, publicKey } = this.options;
    const hello: ControlHello = {
      gateway,
      publicKey,
      ...(this.position === undefined ? {} : { after: this.position }),
    };
    const body = JSON.stringify(hello);
    const outgoing = request({
      ...(policy.kind === 'unix' ? { socketPath: policy.path } : { host: policy.host, port: policy.port }),
      method: 'POST',
      path: CONTROL_PATH,
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    this.outgoing = outgoing;
    let closed = false;
    const close = (why: unknown) => {
      if (closed) return;
      closed = true;
      outgoing.destroy();
      this.closed(why);
    };
    outgoing.on('response', (response) => this.receive(response, close));
    outgoing.on('error', close);
    outgoing.on('close', () => close(new Error('the control stream ended')));
    outgoing.end(body);
  }

  private receive(response: IncomingMessage, close: (why: unknown) => void): void {
    if (response.statusCode !== 200) {
      close(new Error(`policy answered ${response.statusCode} to the control stream`));
      return;
    }
    const lines = new ControlLines();
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      try {
        for (const message of lines.push(chunk)) {
          if (message === null) this.options.log.warn({}, 'policy sent a control message of an unknown type');
          else this.obey(message);
        }
      } catch (error) {
        close(error);
      }
    });
    response.on('error', close);
    response.on('end', () => close(new Error('the control stream ended')));
  }

  private obey(message: ControlMessage): void {
    this.heardAt = performance.now();
    switch (message.type) {
      case 'welcome':
        this.welcomed(message);
        break;
      case 'heartbeat':
        this.heardOf(message.position);
        this.acknowledge();
        break;
      case 'stop': {
        const { reach, mode, reason, cause } = message;
        for (const listener of this.stopListeners) listener({ reach, mode, reason, cause });
        this.done(message.position);
        break;
      }
      case 'published':
        for (const listener of this.publishedListeners) listener(message.reach);
        this.done(message.position);
        break;
    }
  }

  private welcomed({ replica, position, resumed }: Extract<ControlMessage, { type: 'welcome' }>): void {
    this.failures = 0;
    if (this.position !== undefined && resumed !== true) {
      // Orders were missed for good: whatever is open may have been stopped.
      this.setHealthy(false);
      this.done(position);
    }
    // Orders since `after` are repeated behind the welcome, so a break now must ask for them again.
    this.position ??= position;
    this.setHealthy(true);
    this.options.log.info({ replica, position, resumed }, 'the control stream is open');
  }

  private done(position: number | undefined): void {
    if (position === undefined) return;
    this.heardOf(position);
    this.obeyed = Math.max(this.obeyed, position);
    this.acknowledge();
  }

  private heardOf(position: number): void {
    this.position = Math.max(this.position ?? 0, position);
  }

  /** One confirmation at a time; what failed is confirmed with the next heartbeat. */
  private acknowledge(): void {
    if (this.acknowledging || this.acknowledged >= this.obeyed) return;
    this.acknowledging = true;
    const position = this.obeyed;
    const ack: ControlAck = { gateway: this.options.gateway, position };
    this.acknowledger.post(CONTROL_ACK_PATH, ack, { timeoutMs: CONTROL_SILENCE_MS }).then(
      () => {
        this.acknowledging = false;
        this.acknowledged = position;
        this.acknowledge();
      },
      () => {
        this.acknowledging = false;
      },
    );
  }

  private checkSilence(): void {
    if (performance.now() - this.heardAt < CONTROL_SILENCE_MS) return;
    this.heardAt = performance.now();
    this.setHealthy(false);
    this.outgoing?.destroy(new Error('policy is silent'));
  }

  private closed(why: unknown): void {
    if (this.stopped) return;
    if (this.failures === 0)
      this.options.log.warn({ err: why }, 'the control stream broke; connecting again');
    this.reconnect = setTimeout(
      () => this.connect(),
      backOffMs(this.failures, RECONNECT_MIN_MS, RECONNECT_MAX_MS),
    );
    this.failures += 1;
  }

  private setHealthy(healthy: boolean): void {
    if (this.isHealthy === healthy) return;
    this.isHealthy = healthy;
    if (!healthy)
      this.options.log.error({}, 'policy is not heard from; governed streams are closed and calls refused');
    for (const listener of this.healthListeners) listener(healthy);
  }
}

function added<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
