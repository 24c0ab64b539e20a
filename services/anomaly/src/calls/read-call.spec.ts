import { describe, expect, it } from 'vitest';
import { completed, logged, MINUTE, refused, requestId, START } from '../../test/calls.js';
import { CLOCK_SKEW_MS, NAME_LIMIT, readCall, UnreadableCall } from './read-call.js';

describe('a record of the call topic', () => {
  it('is a completed call', () => {
    expect(readCall(logged(completed(1, START), 0))).toEqual({
      eventId: '0197c0de-0001-7000-8000-000000000001',
      tenantId: 'tenant-a',
      requestId: requestId(1),
      at: START,
      decidedAt: START,
      loggedAt: START + 20,
      method: 'tools/call',
      kind: 'tool',
      name: 'create_issue',
      direction: 'client',
      connection: { id: 'connection-1', slug: 'github' },
      session: 'session-1',
      agent: 'coder',
      key: { id: 'key-1', label: 'laptop' },
      user: 'ana@example.com',
      outcome: 'ok',
      reason: null,
      error: null,
      argumentsDigest: expect.any(String) as string,
      traceId: 'ig_trace_1',
      traceparent: null,
      gateway: { id: 'gateway-1', epoch: 'epoch-1', seq: 1 },
    });
  });

  it('is a refused call', () => {
    const { outcome, reason, error } = readCall(logged(refused(1, START), 0))!;
    expect({ outcome, reason, error }).toEqual({
      outcome: 'denied',
      reason: 'policy.denied',
      error: 'policy.denied',
    });
  });

  it('is nothing when it ends no request, without a look inside', () => {
    for (const type of ['CallDecided', 'RefusalsCounted', 'SomethingNew']) {
      const value = Buffer.from('not even JSON');
      expect(readCall({ ...logged(completed(1, START), 0), type, value })).toBeUndefined();
    }
  });

  it('takes a call from the future as of when it was logged', () => {
    const ahead = readCall(logged(completed(1, START + 10 * MINUTE), 0, START))!;
    expect(ahead).toMatchObject({ at: START, decidedAt: START + 10 * MINUTE, loggedAt: START });
    const skewed = readCall(logged(completed(1, START + CLOCK_SKEW_MS), 0, START))!;
    expect(skewed.at).toBe(START + CLOCK_SKEW_MS);
  });

  it('takes a call of long ago as of its own time', () => {
    expect(readCall(logged(completed(1, START), 0, START + 30 * 86_400_000))!.at).toBe(START);
  });

  it('has names of bounded length, made of whole characters', () => {
    const name = `${'x'.repeat(NAME_LIMIT - 1)}😀😀`;
    expect(readCall(logged(completed(1, START, { name, user: name }), 0))).toMatchObject({
      name: 'x'.repeat(NAME_LIMIT - 1),
      user: 'x'.repeat(NAME_LIMIT - 1),
    });
  });

  it('is read although a fact that nobody here uses is missing', () => {
    const { sourceIp: _, metadata: __, ...data } = completed(1, START).data;
    const event = { ...completed(1, START), data };
    expect(
      readCall({ ...logged(completed(1, START), 0), value: Buffer.from(JSON.stringify(event)) }),
    ).toBeDefined();
  });

  const fine = completed(1, START);
  it.each<[string, unknown]>([
    ['is no JSON', '{"id":'],
    ['is empty', ''],
    ['is a number', 5],
    ['is null', null],
    ['is an array', []],
    ['is of another type than it says', { ...fine, type: 'CallRefused' }],
    ['is of a version to come', { ...fine, version: 2 }],
    ['has no organization', { ...fine, tenantId: undefined }],
    ['has no data', { ...fine, data: undefined }],
    ['has a time that is none', { ...fine, data: { ...fine.data, decidedAt: 'yesterday' } }],
    ['has a time before all calls', { ...fine, data: { ...fine.data, decidedAt: '1970-01-01T00:00:00Z' } }],
    ['has a time after all calls', { ...fine, data: { ...fine.data, decidedAt: '2100-01-01T00:00:00Z' } }],
    [
      'has a request id no finding could carry',
      { ...fine, data: { ...fine.data, requestId: 'x'.repeat(65) } },
    ],
    ['has a connection without id', { ...fine, data: { ...fine.data, connection: { id: '', slug: 'x' } } }],
    ['has an outcome nobody knows', { ...fine, data: { ...fine.data, outcome: 'great' } }],
  ])('cannot be understood when it %s', (_title, content) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const read = () => readCall({ ...logged(fine, 0), value: Buffer.from(text) });
    expect(read).toThrow(UnreadableCall);
  });

  it('is told by its place when it cannot be understood, never by its value', () => {
    const event = { ...fine, data: { ...fine.data, user: ['secret'] } };
    const read = () => readCall({ ...logged(fine, 0), value: Buffer.from(JSON.stringify(event)) });
    expect(read).toThrow(/^user: /);
    expect(read).not.toThrow(/secret/);
  });
});
