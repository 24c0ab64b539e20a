// What one call looks like everywhere in these measurements: about 2 kB of audit record.
export const callBody = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'refund', arguments: { amount: 20, currency: 'EUR', note: 'n'.repeat(400) } },
});

export function question(requestId) {
  return {
    requestId,
    credential: { type: 'api_key', digest: 'd'.repeat(64) },
    slug: 'shop',
    method: 'tools/call',
    target: { kind: 'tool', name: 'refund' },
    direction: 'client',
    argumentsJson: JSON.stringify({ amount: 20, currency: 'EUR', note: 'n'.repeat(400) }),
    user: 'ana@example.com',
    traceId: 'ig_trace_0123456789abcdef0123456789abcdef',
    metadata: { role: 'support' },
    sourceIp: '127.0.0.1',
  };
}

export function recordedCall(asked, answer) {
  return {
    tenantId: answer.caller.tenantId,
    facts: {
      requestId: asked.requestId,
      decidedAt: new Date().toISOString(),
      method: asked.method,
      kind: 'tool',
      name: 'refund',
      direction: 'client',
      connection: answer.connectionRef,
      agentSession: answer.agentSession,
      protocolSession: 'session-1',
      key: answer.caller.key,
      user: answer.caller.user,
      userBound: false,
      traceId: asked.traceId,
      traceparent: null,
      metadata: asked.metadata,
      client: { name: 'bench', version: '1.0' },
      sourceIp: asked.sourceIp,
      decision: answer.decision,
      reason: null,
      rule: answer.rule,
      policy: answer.policy,
      conditions: answer.conditions,
      audit: answer.audit,
      arguments: asked.argumentsJson,
      argumentsDigest: 'a'.repeat(64),
      bytesIn: callBody.length,
      policyMs: 0.2,
      maxDurationMs: answer.maxDurationMs,
    },
  };
}

export function completion(result) {
  return {
    outcome: 'ok',
    latencyMs: 1.25,
    upstreamMs: 0.75,
    bytesOut: result.length,
    error: null,
    result: result.toString(),
    resultDigest: 'b'.repeat(64),
  };
}
