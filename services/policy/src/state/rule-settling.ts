import { setImmediate as nextTurn } from 'node:timers/promises';
import { ruleCompilation, type RuleOwner } from './rule-sets.js';

/** Longest that old rules decide on: what is not compiled by then is compiled by the call that needs it. */
export const SETTLE_LIMIT_MS = 500;

/**
 * Rules that a change made stale. A batch of events is in force once its rules are compiled, and compiling thousands of
 * them at once would hold up every call: it is done in pieces between calls, which the old rules decide meanwhile. Only
 * then is the batch told to be in force, so whoever publishes rules is answered after they decide.
 */
export class RuleSettling {
  private stale: Set<RuleOwner> | null = null;

  /** Until `settle`, rules that are dropped decide on. */
  begin(): void {
    this.stale ??= new Set();
  }

  /** The rules of an owner are stale. Without `begin` they are gone at once. */
  drop(owner: RuleOwner): void {
    if (this.stale !== null && owner.rules !== null) {
      owner.replaced ??= owner.rules;
      this.stale.add(owner);
    }
    owner.rules = null;
  }

  /** Compiles what was dropped. Never rejects; when it resolves, nothing is decided by old rules any more. */
  async settle(now: () => number = () => performance.now()): Promise<void> {
    const stale = this.stale;
    if (stale === null) return;
    try {
      const deadline = now() + SETTLE_LIMIT_MS;
      for (const owner of stale) {
        const work = ruleCompilation(owner);
        for (let piece = work.next(); ; piece = work.next()) {
          if (piece.done) {
            owner.rules = piece.value;
            owner.replaced = null;
            break;
          }
          if (now() > deadline) return;
          await nextTurn();
        }
      }
    } finally {
      for (const owner of stale) owner.replaced = null;
      this.stale = null;
    }
  }
}
