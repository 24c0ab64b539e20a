import type { Connection } from './organization.js';
import type { PolicyState } from './policy-state.js';
import { warmRules } from './rule-sets.js';

/** Compiles stale rules between calls, one connection at a time, so that the next call seldom has to. */
export class RuleSetWarmer {
  #pending: Iterator<Connection, undefined> | undefined;
  #current: Connection | undefined;
  #again = false;
  #stopped = false;

  constructor(private readonly state: PolicyState) {}

  start(): void {
    if (this.#pending) {
      this.#again = true;
      return;
    }
    this.#pending = this.#connections();
    this.#current = this.#pending.next().value;
    setImmediate(() => this.#step());
  }

  stop(): void {
    this.#stopped = true;
  }

  #step(): void {
    if (this.#stopped || !this.#pending) return;
    // Looking costs little, compiling much: one compilation a turn. A connection may have two sets to compile.
    for (; this.#current; this.#current = this.#pending.next().value) {
      if (!this.#current.enabled || !warmRules(this.#current)) continue;
      setImmediate(() => this.#step());
      return;
    }
    this.#pending = undefined;
    if (!this.#again) return;
    this.#again = false;
    this.start();
  }

  *#connections(): Generator<Connection, undefined> {
    for (const organization of this.state.organizations.values()) yield* organization.connections.values();
    return undefined;
  }
}
