import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import { CallerIdentification } from '../authentication/caller-identification.js';
import { hasScope, type Caller } from '../authentication/caller.js';
import { SECURE_COOKIES } from '../authentication/caller.guard.js';
import { AccessChanges } from '../sign-in/access-changes.js';
import { keyCredential, shownCredential, type ShownCredential } from '../authentication/credential.js';

const CHECK_MS = 45_000;
/** A replica of the policy service that has not heard of a change for longer than this answers nobody. */
const POLICY_BEHIND_MS = 2_000;
/** A credential that could not be looked at this often in a row counts as lost. */
const MOST_FAILURES = 5;

/** Who is connected: asked when they come, and again while they stay, so that a revoked credential ends what it began. */
@Injectable()
export class LiveCallers {
  private readonly watched = new Map<
    string,
    {
      readonly ends: Set<() => void>;
      readonly ids: readonly string[];
      /** Now, and once whoever is asked must have heard of it, too. */
      readonly checkTwice: () => void;
      readonly rest: () => void;
    }
  >();

  constructor(
    @Inject(CallerIdentification) private readonly identification: CallerIdentification,
    @Inject(SECURE_COOKIES) private readonly secureCookies: boolean,
    @Inject(AccessChanges) changes: AccessChanges,
  ) {
    changes.subscribe((id) => {
      for (const { ids, checkTwice } of this.watched.values()) if (ids.includes(id)) checkTwice();
    });
  }

  /** What a client showed who it is with: the key in its handshake, else what its headers say. */
  credentialOf(headers: IncomingHttpHeaders, token?: string): ShownCredential {
    return token === undefined ? shownCredential(headers, this.secureCookies) : keyCredential(token);
  }

  /** Rejects with a `ProblemError`. */
  async identify(credential: ShownCredential): Promise<Caller> {
    const caller = await this.identification.caller(credential);
    if (!hasScope(caller.principal.scopes, 'events:read')) {
      throw new ProblemError({
        code: 'auth.insufficient_scope',
        status: 403,
        title: 'This needs the scope events:read.',
      });
    }
    return caller;
  }

  /** Calls `end` when the credential no longer allows what it did. The function returned ends the watch. */
  watch(credential: ShownCredential, caller: Caller, end: () => void): () => void {
    const allowed = allowedTo(caller);
    const name = createHash('sha256')
      .update(JSON.stringify([credential, allowed]))
      .digest('hex');
    const known = this.watched.get(name) ?? this.checkedAgain(name, credential, caller);
    this.watched.set(name, known);
    known.ends.add(end);
    return () => {
      known.ends.delete(end);
      if (known.ends.size > 0) return;
      known.rest();
      this.watched.delete(name);
    };
  }

  private checkedAgain(name: string, credential: ShownCredential, watched: Caller) {
    const allowed = allowedTo(watched);
    const ids = [watched.principal.id, watched.person?.login.session.id ?? []].flat();
    let failures = 0;
    const check = async () => {
      try {
        const caller = await this.identify(credential);
        failures = 0;
        if (allowedTo(caller) !== allowed) this.end(name);
      } catch (error) {
        const isRefusal = error instanceof ProblemError && error.status < 500;
        failures += 1;
        if (isRefusal || failures >= MOST_FAILURES) this.end(name);
      }
    };
    const timer = setInterval(() => void check(), CHECK_MS).unref();
    let again: NodeJS.Timeout | undefined;
    return {
      ends: new Set<() => void>(),
      ids,
      checkTwice: () => {
        void check();
        clearTimeout(again);
        again = setTimeout(() => void check(), POLICY_BEHIND_MS).unref();
      },
      rest: () => {
        clearInterval(timer);
        clearTimeout(again);
      },
    };
  }

  private end(name: string): void {
    for (const end of this.watched.get(name)?.ends ?? []) end();
  }
}

/** What a connection was made for: a person who works in another organization now, or may see less, begins anew. */
function allowedTo({ principal }: Caller): string {
  return JSON.stringify([principal.tenantId, hasScope(principal.scopes, 'audit:read')]);
}
