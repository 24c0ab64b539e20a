import type { Connection } from './organization.js';
import type { PolicyState } from './policy-state.js';
import { warmRuleSet } from './rule-sets.js';

/** Compiles stale rules between calls, one connection at a time, so that the next call seldom has to. */
export class RuleSetWarmer {
  #pending: IterableIterator<Connection> | undefined;
  #again = false;
  #stopped = false;

  constructor(private readonly state: PolicyState) {}

  start(): void {
    if (this.#pending) {
      this.#again = true;
      return;
    }
    this.#pending = this.#connections();
    setImmediate(() => this.#step());
  }

  stop(): void {
    this.#stopped = true;
  }

  #step(): void {
    if (this.#stopped || !this.#pending) return;
    // Looking costs little, compiling much: one compilation a turn.
    for (let next = this.#pending.next(); !next.done; next = this.#pending.next()) {
      if (next.value.enabled && warmRuleSet(next.value)) {
        setImmediate(() => this.#step());
        return;
      }
    }
    this.#pending = undefined;
    if (!this.#again) return;
    this.#again = false;
    this.start();
  }

  *#connections(): IterableIterator<Connection> {
    for (const organization of this.state.organizations.values()) yield* organization.connections.values();
  }
}
