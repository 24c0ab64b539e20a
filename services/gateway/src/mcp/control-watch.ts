import type { ControlEvents, ControlStop } from '../ports.js';
import { CallCut } from './call-cut.js';
import type { CallsInFlight } from './calls-in-flight.js';
import type { OpenStreams } from './open-streams.js';
import { isReached, type Reachable } from './reachable.js';
import { Refusal } from './refusal.js';
import type { ServerRequests } from './server-requests.js';

/** How long an order is remembered for decisions that were on their way when it came; a decide call takes 2 s at most. */
const MEMORY_MS = 5_000;

/** Carries out what policy orders beside the calls: stop, abort, silence, changed lists. */
export class ControlWatch {
  private readonly recent: { at: number; stop: ControlStop }[] = [];
  private readonly removals: (() => void)[] = [];

  constructor(
    private readonly control: ControlEvents,
    private readonly calls: CallsInFlight,
    private readonly streams: OpenStreams,
    private readonly serverRequests: ServerRequests,
  ) {}

  start(): void {
    this.removals.push(
      this.control.onStop((stop) => this.obey(stop)),
      this.control.onPublished((reach) => this.streams.tellListsChanged(reach)),
      this.control.onHealth((healthy) => {
        if (!healthy) this.closeEverything();
      }),
    );
  }

  stop(): void {
    for (const remove of this.removals.splice(0)) remove();
  }

  /** An order that came after `since` and reaches this: its decision may be older than the order. */
  orderedSince(since: number, what: Reachable): { stop: ControlStop; cut: CallCut } | undefined {
    if (this.recent.length === 0) return undefined;
    for (const { at, stop } of this.recent) {
      if (at >= since && isReached(stop.reach, what)) return { stop, cut: cutOfStop(stop) };
    }
    return undefined;
  }

  get healthy(): boolean {
    return this.control.healthy;
  }

  private obey(stop: ControlStop): void {
    const now = performance.now();
    while (this.recent.length > 0 && this.recent[0]!.at < now - MEMORY_MS) this.recent.shift();
    this.recent.push({ at: now, stop });
    const cut = cutOfStop(stop);
    this.streams.close(stop.reach);
    this.serverRequests.cut(stop.reach, cut.error);
    this.calls.cut(stop.reach, stop.mode, cut);
  }

  /** Nobody says any more who is suspended: what cannot be called back must not go on. */
  private closeEverything(): void {
    const cut = new CallCut(new Refusal('policy.unavailable'), 'unknown');
    this.streams.close();
    this.serverRequests.cut(undefined, cut.error);
    this.calls.cut(undefined, 'stop', cut);
  }
}

function cutOfStop({ cause, reason }: ControlStop): CallCut {
  switch (cause) {
    case 'key_revoked':
      return new CallCut(new Refusal('auth.revoked'), 'unknown');
    case 'connection_disabled':
      return new CallCut(new Refusal('connection.not_found'), 'unknown');
    default:
      return new CallCut(
        new Refusal('session.suspended', { message: reason, data: { message: reason } }),
        'unknown',
      );
  }
}
