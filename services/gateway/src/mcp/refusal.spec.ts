import { REFUSALS, type RefusalReason } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { Refusal, refusalAnswer, refusalOfDecision, type RefusedRequest } from './refusal.js';

const request: RefusedRequest = {
  idText: '1',
  method: 'tools/call',
  profile: 'auto',
  mcpClient: true,
  hasSession: true,
};
const status = (reason: RefusalReason, more: Partial<RefusedRequest> = {}) =>
  refusalAnswer(new Refusal(reason), { ...request, ...more }).status;
const decision = {
  decision: 'allow',
  reason: null,
  message: null,
  scope: null,
  rule: null,
  policy: null,
  retryAfterMs: null,
} as const;

describe('refusalAnswer', () => {
  it('answers these by status, whatever the profile says', () => {
    for (const profile of ['auto', 'http', 'jsonrpc', 'result'] as const) {
      for (const reason of Object.keys(REFUSALS) as RefusalReason[]) {
        const fixed = [400, 401, 405, 406, 413, 415].includes(REFUSALS[reason].status);
        if (fixed || ['origin.forbidden', 'auth.insufficient_scope', 'session.not_found'].includes(reason)) {
          expect(status(reason, { profile }), reason).toBe(REFUSALS[reason].status);
        } else if (profile !== 'http') {
          expect(status(reason, { profile }), reason).toBe(200);
        }
      }
    }
  });

  it('echoes the id as it was written', () => {
    for (const idText of ['12345678901234567890', '"\\u0061"', '1.50']) {
      expect(refusalAnswer(new Refusal('policy.denied'), { ...request, idText }).body).toContain(
        `"id":${idText},`,
      );
    }
    expect(refusalAnswer(new Refusal('policy.denied'), { ...request, idText: null }).body).toContain(
      '"id":null,',
    );
  });
});

describe('refusalOfDecision', () => {
  it('lets through what is allowed, and nothing this gateway cannot carry out', () => {
    expect(refusalOfDecision(decision, 'd')).toBeUndefined();
    expect(refusalOfDecision({ ...decision, decision: 'alert' }, 'd')).toBeUndefined();
    expect(refusalOfDecision({ ...decision, decision: 'redact' }, 'd')?.reason).toBe('policy.denied');
    expect(refusalOfDecision({ ...decision, decision: 'hold' }, 'd')?.reason).toBe('hold.pending');
    expect(refusalOfDecision({ ...decision, decision: 'deny' }, 'd')?.reason).toBe('policy.denied');
    expect(refusalOfDecision({ ...decision, reason: 'rate.limited' }, 'd')?.reason).toBe('rate.limited');
    expect(refusalOfDecision({ ...decision, decision: 'deny', reason: 'made.up' }, 'd')?.reason).toBe(
      'policy.denied',
    );
  });
});
