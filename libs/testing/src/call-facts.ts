import type { CallFacts } from '@portcullis/contracts';

/** What a gateway writes down of a call that was let through: `create_issue` on `github` by `coder`. */
export function callFacts(overrides: Partial<CallFacts> = {}): CallFacts {
  return {
    requestId: '0197c0de-0000-7000-8000-000000000001',
    decidedAt: '2026-03-04T05:06:07.089Z',
    method: 'tools/call',
    kind: 'tool',
    name: 'create_issue',
    direction: 'client',
    connection: { id: 'connection-1', slug: 'github' },
    agentSession: 'session-1',
    protocolSession: 'protocol-1',
    key: { id: 'key-1', label: 'laptop', agent: 'coder' },
    user: 'ana@example.com',
    userBound: true,
    traceId: 'ig_trace_1',
    traceparent: null,
    metadata: { role: 'intern' },
    client: { name: 'claude-code', version: '2.0' },
    sourceIp: '10.0.0.7',
    decision: 'allow',
    reason: null,
    rule: 'the rest',
    policy: { id: 'policy-1', name: 'production', revision: 4 },
    conditions: [],
    audit: 'buffered',
    arguments: '{"title":"Broken"}',
    argumentsDigest: 'a'.repeat(64),
    bytesIn: 321,
    policyMs: 0.42,
    maxDurationMs: 600_000,
    ...overrides,
  };
}
