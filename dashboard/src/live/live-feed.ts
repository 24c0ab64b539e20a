import type {
  LiveClientToServer,
  LiveRefusal,
  LiveServerToClient,
  LiveToolCall,
} from '@portcullis/contracts';
import { io, type Socket } from 'socket.io-client';
import { EMPTY_WINDOW, resumed, withCalls, withPast, type LivePast, type LiveWindow } from './live-window.js';

/** `live`: events come; `catching-up`: it was away and gets what it missed; `offline`: it tries again by itself. */
export type LiveState = 'connecting' | 'live' | 'catching-up' | 'offline' | 'refused';

export interface LiveSnapshot {
  readonly state: LiveState;
  readonly refusal: LiveRefusal | null;
  readonly paused: boolean;
  readonly window: LiveWindow;
}

/** Refusals that say nothing of who asks or what for: a server that starts, or has too much to do. */
const PASSING: ReadonlySet<string> = new Set(['internal.error', 'events.busy']);
const RETRY_MS = 3_000;

const START: LiveSnapshot = { state: 'connecting', refusal: null, paused: false, window: EMPTY_WINDOW };

/** The page's connection to the live feed. It resumes after the last event it saw, so a gap in the network is none in the list. */
export class LiveFeed {
  private snapshot = START;
  private readonly listeners = new Set<() => void>();
  private readonly socket: Socket<LiveServerToClient, LiveClientToServer>;
  private after: string | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private q: string) {
    this.socket = io('/live', {
      transports: ['websocket'],
      withCredentials: true,
      auth: (send) =>
        send({ q: this.q, batch: true, ...(this.after === undefined ? {} : { after: this.after }) }),
    });
    this.socket.on('connect', () =>
      this.change({ state: this.after === undefined ? 'live' : 'catching-up', refusal: null }),
    );
    this.socket.on('disconnect', (reason) => {
      this.change({ state: 'offline' });
      // Ended by the server, as it ends what a revoked sign-in began: asked again it says why. By itself the client would not ask.
      if (reason === 'io server disconnect') this.socket.connect();
    });
    this.socket.on('connect_error', (error) => this.refused((error as Error & { data?: LiveRefusal }).data));
    this.socket.on('resumed', ({ position }) => {
      this.after = position;
      this.change({ state: 'live' });
    });
    this.socket.on('position', (id) => (this.after = id));
    this.socket.on('dropped', ({ count }) =>
      this.change({ window: { ...this.snapshot.window, dropped: this.snapshot.window.dropped + count } }),
    );
    this.socket.on('events', (events) => {
      this.after = events.at(-1)?.id ?? this.after;
      const calls = events.flatMap((event): LiveToolCall[] =>
        event.name === 'tool_call' ? [event.payload] : [],
      );
      this.change({ window: withCalls(this.snapshot.window, calls, this.snapshot.paused, Date.now()) });
    });
  }

  readonly get = (): LiveSnapshot => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Another filter: the list begins anew, with what comes from now on. */
  filter(q: string): void {
    if (q === this.q) return;
    this.q = q;
    this.after = undefined;
    this.change({ window: EMPTY_WINDOW, refusal: null });
    if (!this.socket.connected) {
      this.socket.connect();
      return;
    }
    this.socket.emit('subscribe', { q, batch: true }, (answer) => {
      if (answer.ok) this.change({ state: 'live' });
      else this.refused(answer.error);
    });
  }

  /** What was before: put below what came since. */
  begin(past: LivePast): void {
    this.change({ window: withPast(this.snapshot.window, past, Date.now()) });
  }

  pause(paused: boolean): void {
    this.change({ paused, window: paused ? this.snapshot.window : resumed(this.snapshot.window) });
  }

  close(): void {
    clearTimeout(this.retry);
    this.socket.disconnect();
    this.listeners.clear();
  }

  private refused(refusal: LiveRefusal | undefined): void {
    if (refusal !== undefined && !PASSING.has(refusal.code)) {
      this.change({ state: 'refused', refusal });
      return;
    }
    this.change({ state: 'offline' });
    // After a refusal the client does not try again by itself, as it does when the server is not there.
    if (!this.socket.active) this.retry = setTimeout(() => this.socket.connect(), RETRY_MS);
  }

  private change(part: Partial<LiveSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...part };
    for (const listener of this.listeners) listener();
  }
}
