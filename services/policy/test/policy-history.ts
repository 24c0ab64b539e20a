import { createHash } from 'node:crypto';
import type { PolicyDocument, PolicyEventData, PolicyEventType } from '@portcullis/contracts';
import type { NewEvent, RecordedEvent } from '@portcullis/eventing';
import type { KeyHasher, LoadedSecret, SecretStore } from '../src/state/secret-store.js';

export const TENANT = 'org-1';
export const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex');
export const fakeHasher: KeyHasher = { hash: (digest) => `hash:${digest}` };

type Rules = readonly Record<string, unknown>[];

/** Events of the policy service as tests need them: given this history, when a call is asked about, then this answer. */
export class PolicyHistory implements SecretStore {
  readonly events: RecordedEvent[] = [];
  readonly secrets = new Map<string, LoadedSecret>();

  add<T extends PolicyEventType>(type: T, data: PolicyEventData<T>, tenantId = TENANT): this {
    const globalPosition = this.events.length + 1;
    const stream = `${type}-${globalPosition}`;
    this.events.push({ ...newEvent(type, data, tenantId), stream, position: 1, globalPosition });
    return this;
  }

  organization(defaultAction: 'deny' | 'alert' = 'deny', tenantId = TENANT): this {
    return this.add('OrganizationCreated', { name: tenantId, defaultAction }, tenantId);
  }

  /** The key's text is `ig_` and its id. */
  key(keyId: string, details: Partial<PolicyEventData<'ApiKeyCreated'>> = {}, tenantId = TENANT): this {
    const secretId = `secret-${keyId}`;
    this.secrets.set(secretId, { kind: 'api_key', hash: fakeHasher.hash(digestOf(`ig_${keyId}`)) });
    return this.add('ApiKeyCreated', { ...apiKey(keyId, secretId), ...details }, tenantId);
  }

  connection(
    slug: string,
    details: Partial<PolicyEventData<'ConnectionCreated'>> = {},
    tenantId = TENANT,
  ): this {
    return this.add('ConnectionCreated', { ...connection(slug), ...details }, tenantId);
  }

  credential(secretId: string, text: string): this {
    this.secrets.set(secretId, { kind: 'credential', open: () => text });
    return this;
  }

  policy(policyId: string, connectionId: string | null, rules: Rules, order = 0, tenantId = TENANT): this {
    this.add('PolicyCreated', { policyId, name: policyId, connectionId, order }, tenantId);
    return this.publish(policyId, 1, rules, tenantId);
  }

  publish(policyId: string, version: number, rules: Rules, tenantId = TENANT): this {
    const document = documentOf(policyId, rules);
    return this.add(
      'PolicyPublished',
      { policyId, version, document, note: null, rolledBackFrom: null },
      tenantId,
    );
  }

  load(secretIds: readonly string[]): Promise<ReadonlyMap<string, LoadedSecret>> {
    const found = new Map<string, LoadedSecret>();
    for (const id of secretIds) {
      const secret = this.secrets.get(id);
      if (secret) found.set(id, secret);
    }
    return Promise.resolve(found);
  }
}

export function newEvent<T extends PolicyEventType>(
  type: T,
  data: PolicyEventData<T>,
  tenantId = TENANT,
): NewEvent {
  return {
    id: crypto.randomUUID(),
    type,
    version: 1,
    tenantId,
    occurredAt: '2026-01-01T00:00:00.000Z',
    actor: { type: 'user', id: 'member-1' },
    correlationId: 'test',
    causationId: null,
    traceparent: null,
    data,
  };
}

export function documentOf(name: string, rules: Rules): PolicyDocument {
  return { version: 1, name, engine: 'native', rules: rules as unknown as PolicyDocument['rules'] };
}

export const allowAll = { name: 'allow all', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' };
export const tool = (pattern: string) => ({ kind: 'mcp_tool', tool: pattern });

function apiKey(keyId: string, secretId: string): PolicyEventData<'ApiKeyCreated'> {
  return {
    keyId,
    label: `label of ${keyId}`,
    agent: 'agent',
    prefix: 'ig_abcd',
    scopes: ['mcp'],
    connections: null,
    boundUser: null,
    ownerId: 'member-1',
    expiresAt: null,
    secretId,
  };
}

function connection(slug: string): PolicyEventData<'ConnectionCreated'> {
  return {
    connectionId: `con-${slug}`,
    slug,
    name: slug,
    upstreamUrl: `https://${slug}.example/mcp`,
    authType: 'none',
    authHeaderName: null,
    identity: { mode: 'none' },
    errorProfile: 'auto',
    secretId: null,
  };
}
