import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto';
import type { Caller, CallFacts, GatewayConnection } from '@portcullis/contracts';

const LIFETIME_S = 60;
/** A token is used again for this long: signing costs more than a whole decision. */
const REUSE_MS = 20_000;
const MOST_REMEMBERED = 1_000;
/** Claims that metadata can never take the place of. */
const OWN_CLAIMS = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'org',
  'agent',
  'user',
  'user_bound',
]);

export interface TokenSubject {
  readonly caller: Caller;
  readonly metadata: CallFacts['metadata'];
}

/** Signs what an upstream is told of the caller (identity setting `token`): EdDSA, 60 seconds, one audience. */
export class IdentityTokens {
  private readonly privateKey: KeyObject;
  private readonly header: string;
  private readonly remembered = new Map<string, { token: string; until: number }>();
  /** Body of `/.well-known/jwks.json`. */
  readonly jwks: string;

  /** `pem`: PKCS #8 of an Ed25519 key, the same for all gateways of a deployment; generated when absent. */
  constructor(
    private readonly issuer: string,
    pem: string | undefined,
  ) {
    this.privateKey = pem === undefined ? generateKeyPairSync('ed25519').privateKey : createPrivateKey(pem);
    if (this.privateKey.asymmetricKeyType !== 'ed25519')
      throw new Error('the identity key is not an Ed25519 key');
    const { x } = createPublicKey(this.privateKey).export({ format: 'jwk' });
    // RFC 7638: the thumbprint names the key.
    const kid = createHash('sha256')
      .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
      .digest('base64url');
    this.header = encode({ alg: 'EdDSA', typ: 'JWT', kid });
    this.jwks = JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' }] });
  }

  tokenFor(
    connection: GatewayConnection,
    claims: readonly string[],
    { caller, metadata }: TokenSubject,
    now = Date.now(),
  ): string {
    const chosen: Record<string, unknown> = {};
    for (const name of claims) {
      if (!OWN_CLAIMS.has(name) && Object.hasOwn(metadata, name)) chosen[name] = metadata[name];
    }
    const subject = {
      ...chosen,
      iss: this.issuer,
      aud: connection.upstreamUrl,
      sub: caller.user ?? caller.key.id,
      org: caller.tenantId,
      agent: caller.key.agent ?? caller.key.label,
      ...(caller.user === null ? {} : { user: caller.user, user_bound: caller.userBound }),
    };
    const key = JSON.stringify(subject);
    const known = this.remembered.get(key);
    if (known !== undefined && known.until > now) return known.token;
    const iat = Math.floor(now / 1000);
    const content = `${this.header}.${encode({ ...subject, iat, exp: iat + LIFETIME_S, jti: randomUUID() })}`;
    const token = `${content}.${sign(null, Buffer.from(content), this.privateKey).toString('base64url')}`;
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(key, { token, until: now + REUSE_MS });
    return token;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
