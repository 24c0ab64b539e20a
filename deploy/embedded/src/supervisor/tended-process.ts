import type { ChildProcess } from 'node:child_process';

import { exitOf, stopChild, type Exit } from '../process/exit-of.js';

export interface Tended {
  name: string;
  /**
   * Starts the process and resolves when it does its work; `onSpawn` is called as soon as there is one. Rejects with
   * one line when it ends or does not get ready.
   */
  launch(onSpawn: (child: ChildProcess) => void): Promise<unknown>;
  stopSignal: NodeJS.Signals;
  graceMs: number;
  /** The longest pause before it is started again. */
  longestDelayMs?: number;
}

export interface TendingEvents {
  /** One line for a person. */
  say(line: string): void;
  /** A process came or went. */
  changed(): void;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 3_000;
/** A process that lived this long starts again with the first delay. */
const STEADY_MS = 30_000;

/** A child that is started again, ever more slowly, when it dies. */
export class TendedProcess {
  private child: ChildProcess | undefined;
  private stopping = false;
  private delayMs = FIRST_DELAY_MS;
  private startedAt = 0;
  private up = false;
  private launching: Promise<unknown> = Promise.resolve();
  private tending: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;

  constructor(
    private readonly tended: Tended,
    private readonly events: TendingEvents,
  ) {}

  get name(): string {
    return this.tended.name;
  }

  get pid(): number | undefined {
    const { child } = this;
    return child && child.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  /** It runs and said that it does its work. */
  get ready(): boolean {
    return this.up && this.pid !== undefined;
  }

  /** The first start: a failure is the caller's to tell. From then on the process is looked after. */
  async start(): Promise<void> {
    await this.launch();
    this.tending = this.tend();
  }

  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    if (this.child) await stopChild(this.child, this.tended.stopSignal, this.tended.graceMs);
    await this.launching.catch(() => undefined);
    await this.tending;
  }

  private async launch(): Promise<void> {
    this.startedAt = Date.now();
    this.up = false;
    this.launching = this.tended.launch((child) => {
      this.child = child;
      this.events.changed();
      // Asked to stop while it was being spawned.
      if (this.stopping) child.kill('SIGKILL');
    });
    await this.launching;
    this.up = true;
  }

  private async tend(): Promise<void> {
    while (this.child) {
      const exit = await exitOf(this.child);
      this.events.changed();
      if (Date.now() - this.startedAt > STEADY_MS) this.delayMs = FIRST_DELAY_MS;
      while (!this.stopping) {
        this.events.say(`${this.name} ended (${describeExit(exit)}); starting it again`);
        await this.pause();
        if (this.stopping) return;
        try {
          await this.launch();
          this.events.say(`${this.name} is back`);
          break;
        } catch (error) {
          if (!this.stopping) this.events.say(`${this.name} does not start: ${(error as Error).message}`);
        }
      }
      if (this.stopping) return;
    }
  }

  private async pause(): Promise<void> {
    const delay = this.delayMs;
    this.delayMs = Math.min(delay * 2, this.tended.longestDelayMs ?? LONGEST_DELAY_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`;
}
