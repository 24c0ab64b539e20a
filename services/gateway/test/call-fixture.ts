import type { CallFacts } from '@portcullis/contracts';
import { callFacts } from '@portcullis/testing/call-facts';
import type { CallCompletion, RecordedCall } from '../src/ports.js';

/** A call as the request path would record it, of about 2 kB. */
export function aCall(facts: Partial<CallFacts> = {}, tenantId = 'org-1'): RecordedCall {
  return {
    tenantId,
    facts: callFacts({
      requestId: '0198f5a0-0000-7000-8000-000000000001',
      decidedAt: '2026-01-02T03:04:05.678Z',
      name: 'refund',
      connection: { id: 'connection-1', slug: 'shop' },
      key: { id: 'key-1', label: 'agent of the shop', agent: 'claude' },
      agentSession: '0198f5a0-0000-7000-8000-000000000002',
      traceId: 'ig_trace_0123456789abcdef0123456789abcdef',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      metadata: { role: 'support', level: 3 },
      conditions: [{ attribute: 'arguments.amount', operator: 'lte', expected: 500, actual: 20 }],
      arguments: JSON.stringify({ amount: 20, currency: 'EUR', note: 'x'.repeat(900) }),
      bytesIn: 1100,
      ...facts,
    }),
  };
}

export function aCompletion(completion: Partial<CallCompletion> = {}): CallCompletion {
  return {
    outcome: 'ok',
    latencyMs: 12.5,
    upstreamMs: 11.9,
    bytesOut: 512,
    error: null,
    result: JSON.stringify({ content: [{ type: 'text', text: 'refunded' }] }),
    resultDigest: 'b'.repeat(64),
    ...completion,
  };
}
