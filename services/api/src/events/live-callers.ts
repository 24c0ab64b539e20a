import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import { hasScope, type Caller } from '../authentication/caller.js';
import { PolicyService } from '../policy-service/policy-service.js';

const KEY_PATTERN = /^ig_[0-9A-Za-z]{40}$/;
const CHECK_MS = 45_000;
/** A credential that could not be looked at this often in a row counts as lost. */
const MOST_FAILURES = 5;

/** What a client showed who it is with. */
export interface LiveCredential {
  readonly token: string | undefined;
}

export function credentialOf(headers: IncomingHttpHeaders): LiveCredential {
  return { token: /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1] };
}

/** Who is connected: asked when they come, and again while they stay, so that a revoked credential ends what it began. */
@Injectable()
export class LiveCallers {
  private readonly watched = new Map<
    string,
    { readonly ends: Set<() => void>; readonly timer: NodeJS.Timeout }
  >();

  constructor(@Inject(PolicyService) private readonly policy: PolicyService) {}

  /** Rejects with a `ProblemError`. */
  async identify({ token }: LiveCredential): Promise<Caller> {
    if (token === undefined) throw refused('auth.required', 401, 'An API key is required.');
    const { principal, reason } = KEY_PATTERN.test(token)
      ? await this.policy.authenticate({
          type: 'api_key',
          digest: createHash('sha256').update(token).digest('hex'),
        })
      : { principal: null, reason: 'auth.invalid' };
    if (principal === null) {
      const revoked = reason === 'auth.revoked';
      throw refused(
        reason ?? 'auth.invalid',
        401,
        revoked ? 'The API key is revoked or has expired.' : 'The API key is not valid.',
      );
    }
    if (!hasScope(principal.scopes, 'events:read')) {
      throw refused('auth.insufficient_scope', 403, 'The API key lacks the scope events:read.');
    }
    return { principal, actor: { type: principal.type, id: principal.id, name: principal.name } };
  }

  /** Calls `end` when the credential no longer allows what it did. The function returned ends the watch. */
  watch(credential: LiveCredential, end: () => void): () => void {
    const name = createHash('sha256').update(JSON.stringify(credential)).digest('hex');
    const known = this.watched.get(name) ?? { ends: new Set(), timer: this.checkAgain(name, credential) };
    this.watched.set(name, known);
    known.ends.add(end);
    return () => {
      known.ends.delete(end);
      if (known.ends.size > 0) return;
      clearInterval(known.timer);
      this.watched.delete(name);
    };
  }

  private checkAgain(name: string, credential: LiveCredential): NodeJS.Timeout {
    let failures = 0;
    const check = async () => {
      try {
        await this.identify(credential);
        failures = 0;
      } catch (error) {
        const isRefusal = error instanceof ProblemError && error.status < 500;
        failures += 1;
        if (isRefusal || failures >= MOST_FAILURES)
          for (const end of this.watched.get(name)?.ends ?? []) end();
      }
    };
    return setInterval(() => void check(), CHECK_MS).unref();
  }
}

function refused(code: string, status: number, title: string): ProblemError {
  return new ProblemError({ code, status, title });
}
