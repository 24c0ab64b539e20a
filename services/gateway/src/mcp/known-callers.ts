import type { ErrorProfile } from '@portcullis/contracts';
import type { DecideAnswer } from '../ports.js';
import type { KnownCaller } from './call-facts.js';

export interface RememberedCaller extends KnownCaller {
  readonly errorProfile: ErrorProfile;
}

const MOST = 10_000;

/**
 * Who used a key at a connection when policy last answered. Only to say in the record whose request was refused while
 * policy could not be asked: it allows nothing.
 */
export class KnownCallers {
  private readonly callers = new Map<string, RememberedCaller>();

  remember(digest: string, slug: string, answer: DecideAnswer): void {
    if (answer.caller === null || answer.connectionRef === null) return;
    const key = digest + slug;
    const known = this.callers.get(key);
    if (
      known !== undefined &&
      known.agentSession === answer.agentSession &&
      known.caller.user === answer.caller.user
    )
      return;
    if (this.callers.size >= MOST) this.callers.clear();
    const { caller, connectionRef, agentSession, errorProfile } = answer;
    this.callers.set(key, { caller, connectionRef, agentSession, errorProfile });
  }

  find(digest: string, slug: string): RememberedCaller | undefined {
    return this.callers.get(digest + slug);
  }
}
