import type { DecideDeployment } from './decide-deployment.js';
import { allowAll, documentOf } from './policy-history.js';

/** An organization with a key, a connection, and a policy that lets every call through. */
export async function furnish(deployment: DecideDeployment): Promise<number> {
  await deployment.keyHash('secret-1', 'ig_key-1');
  await deployment.add('OrganizationCreated', { name: 'n', defaultAction: 'deny' });
  await deployment.add('ApiKeyCreated', {
    keyId: 'key-1',
    label: 'l',
    agent: 'a',
    prefix: 'ig_key',
    scopes: ['mcp'],
    connections: null,
    boundUser: null,
    ownerId: null,
    expiresAt: null,
    secretId: 'secret-1',
  });
  await deployment.add('ConnectionCreated', {
    connectionId: 'con-main',
    slug: 'main',
    name: 'main',
    upstreamUrl: 'https://main.example/mcp',
    authType: 'none',
    authHeaderName: null,
    identity: { mode: 'none' },
    errorProfile: 'auto',
    secretId: null,
  });
  await deployment.add('PolicyCreated', { policyId: 'p', name: 'p', connectionId: null, order: 0 });
  return deployment.add('PolicyPublished', {
    policyId: 'p',
    version: 1,
    document: documentOf('p', [allowAll]),
    note: null,
    rolledBackFrom: null,
  });
}
