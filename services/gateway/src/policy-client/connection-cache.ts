import type { DecideResponse, GatewayConnection } from '@portcullis/contracts';
import { openSecret, type SealingKeyPair } from '@portcullis/service';

/** Callers remembered: one for each key and slug. */
const CALLERS = 10_000;

interface Held {
  readonly connection: GatewayConnection;
  /** Callers that hold it. */
  callers: number;
  /** Opened when it is first needed. */
  secret: Buffer | null;
}

/**
 * The connections this gateway was told of, by caller, so that policy need not repeat them; and the credentials they
 * carry, opened once. Callers of one connection share one. What the last caller gives up is forgotten, and the
 * credential's bytes are overwritten.
 */
export class ConnectionCache {
  /** In order of their last use. */
  private readonly callers = new Map<string, Held>();
  private readonly versions = new Map<string, Held>();
  private readonly slugs = new Map<string, number>();

  constructor(
    private readonly keys: SealingKeyPair,
    private readonly limit = CALLERS,
  ) {}

  /** The connection this caller was last told of. */
  held(digest: string, slug: string): GatewayConnection | null {
    const key = callerKey(digest, slug);
    const held = this.callers.get(key);
    if (held === undefined) return null;
    this.callers.delete(key);
    this.callers.set(key, held);
    return held.connection;
  }

  /**
   * The connection an answer means, remembered for this caller. `held` is what was held when the question was asked, for
   * the answer `current`; null when the answer names none, or `current` where none is held.
   */
  learn(
    digest: string,
    slug: string,
    answer: DecideResponse['connection'],
    held: GatewayConnection | null,
  ): GatewayConnection | null {
    if (answer === 'current') return held;
    if (answer === null) return null;
    return this.remember(callerKey(digest, slug), answer);
  }

  /** The caller may no longer use the connection. */
  forget(digest: string, slug: string): void {
    this.drop(callerKey(digest, slug));
  }

  /** Whether an identified caller used this slug of late. */
  knowsSlug(slug: string): boolean {
    return this.slugs.has(slug);
  }

  /** The credential in the clear; null for connections without one. Throws `secret.unopened`. */
  credential(connection: GatewayConnection): string | null {
    const { auth, etag } = connection;
    if (auth.type === 'none') return null;
    const held = this.versions.get(versionKey(connection));
    if (held?.secret) return held.secret.toString('utf8');
    const secret = openSecret(auth.credential, this.keys, etag);
    if (held !== undefined) held.secret = Buffer.from(secret, 'utf8');
    return secret;
  }

  clear(): void {
    for (const key of [...this.callers.keys()]) this.drop(key);
  }

  private remember(caller: string, told: GatewayConnection): GatewayConnection {
    const version = versionKey(told);
    const held = this.versions.get(version) ?? { connection: told, callers: 0, secret: null };
    if (this.callers.get(caller) === held) return held.connection;
    this.drop(caller);
    held.callers += 1;
    this.versions.set(version, held);
    this.callers.set(caller, held);
    this.slugs.set(told.slug, (this.slugs.get(told.slug) ?? 0) + 1);
    if (this.callers.size > this.limit) this.drop(this.callers.keys().next().value as string);
    return held.connection;
  }

  private drop(caller: string): void {
    const held = this.callers.get(caller);
    if (held === undefined) return;
    this.callers.delete(caller);
    const { slug } = held.connection;
    const users = (this.slugs.get(slug) ?? 1) - 1;
    if (users === 0) this.slugs.delete(slug);
    else this.slugs.set(slug, users);
    held.callers -= 1;
    if (held.callers > 0) return;
    this.versions.delete(versionKey(held.connection));
    held.secret?.fill(0);
    held.secret = null;
  }
}

function callerKey(digest: string, slug: string): string {
  return `${digest}\n${slug}`;
}

function versionKey(connection: GatewayConnection): string {
  return `${connection.id}\n${connection.etag}`;
}
