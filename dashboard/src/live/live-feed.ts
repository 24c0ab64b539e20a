import type { LiveClientToServer, LiveRefusal, LiveServerToClient, LiveToolCall } from '@portcullis/contracts';
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

const START: LiveSnapshot = { state: 'connecting', refusal: null, paused: false, window: EMPTY_WINDOW };

/** The page's connection to the live feed. It resumes after the last event it saw, so a gap in the network is none in the list. */
export class LiveFeed {
  private snapshot = START;
  private readonly listeners = new Set<() => void>();
  private readonly socket: Socket<LiveServerToClient, LiveClientToServer>;
  private after: string | undefined;

  constructor(private q: string) {
    this.socket = io('/live', {
      transports: ['websocket'],
      withCredentials: true,
      auth: (send) => send({ q: this.q, batch: true, ...(this.after === undefined ? {} : { after: this.after }) }),
    });
    this.socket.on('connect', () => this.change({ state: this.after === undefined ? 'live' : 'catching-up', refusal: null }));
    this.socket.on('disconnect', () => this.change({ state: 'offline' }));
    this.socket.on('connect_error', (error) => this.refused((error as Error & { data?: LiveRefusal }).data));
    this.socket.on('resumed', ({ position }) => {
      this.after = position;
      this.change({ state: 'live' });
    });
    this.socket.on('position', (id) => (this.after = id));
    this.socket.on('dropped', ({ count }) => this.change({ window: { ...this.snapshot.window, dropped: this.snapshot.window.dropped + count } }));
    this.socket.on('events', (events) => {
      this.after = events.at(-1)?.id ?? this.after;
      const calls = events.flatMap((event): LiveToolCall[] => (event.name === 'tool_call' ? [event.payload] : []));
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
    this.socket.disconnect();
    this.listeners.clear();
  }

  private refused(refusal: LiveRefusal | undefined): void {
    this.change(refusal === undefined ? { state: 'offline' } : { state: 'refused', refusal });
  }

  private change(part: Partial<LiveSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...part };
    for (const listener of this.listeners) listener();
  }
}
