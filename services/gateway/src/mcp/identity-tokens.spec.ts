import { generateKeyPairSync } from 'node:crypto';
import type { GatewayConnection } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { IdentityTokens, type TokenSubject } from './identity-tokens.js';

const connection = { upstreamUrl: 'https://upstream.example/mcp' } as GatewayConnection;
const subject = (user: string | null = 'ana', metadata: TokenSubject['metadata'] = {}): TokenSubject => ({
  caller: { tenantId: 'org', key: { id: 'k', label: 'ci', agent: null }, user, userBound: true },
  metadata,
});
const claims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('IdentityTokens', () => {
  it('speaks for a user when there is one, else for the key', () => {
    const tokens = new IdentityTokens('https://gateway.example', pem);
    expect(claims(tokens.tokenFor(connection, [], subject(), 1_000_000))).toMatchObject({
      iss: 'https://gateway.example',
      aud: 'https://upstream.example/mcp',
      sub: 'ana',
      user: 'ana',
      user_bound: true,
      org: 'org',
      agent: 'ci',
      iat: 1000,
      exp: 1060,
    });
    const without = claims(tokens.tokenFor(connection, [], subject(null), 0));
    expect(without).toMatchObject({ sub: 'k' });
    expect(without).not.toHaveProperty('user');
  });

  it('copies the chosen metadata and nothing that speaks for itself', () => {
    const tokens = new IdentityTokens('https://gateway.example', pem);
    const given = claims(
      tokens.tokenFor(
        connection,
        ['role', 'sub', 'exp', 'missing', '__proto__'],
        subject('ana', { role: 'intern', sub: 'root', exp: 9e9, other: 1 }),
        0,
      ),
    );
    expect(given).toMatchObject({ role: 'intern', sub: 'ana', exp: 60 });
    expect(given).not.toHaveProperty('other');
    expect(given).not.toHaveProperty('missing');
  });

  it('is used again for twenty seconds, by the same caller alone', () => {
    const tokens = new IdentityTokens('https://gateway.example', pem);
    const first = tokens.tokenFor(connection, [], subject(), 0);
    expect(tokens.tokenFor(connection, [], subject(), 19_999)).toBe(first);
    expect(tokens.tokenFor(connection, [], subject('ben'), 0)).not.toBe(first);
    expect(tokens.tokenFor(connection, [], subject(), 20_000)).not.toBe(first);
  });

  it('has one key id for one key, on every gateway', () => {
    expect(new IdentityTokens('https://a.example', pem).jwks).toBe(
      new IdentityTokens('https://b.example', pem).jwks,
    );
    expect(new IdentityTokens('https://a.example', undefined).jwks).not.toBe(
      new IdentityTokens('https://a.example', undefined).jwks,
    );
    expect(new IdentityTokens('https://a.example', pem).jwks).not.toContain('"d"');
  });

  it('takes no key of another kind', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(
      () =>
        new IdentityTokens(
          'https://a.example',
          privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        ),
    ).toThrow('not an Ed25519 key');
  });
});
