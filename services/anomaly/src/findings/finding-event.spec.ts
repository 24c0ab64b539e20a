import { findingRaisedDataSchema, envelopeSchema, TOPICS } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { call, MINUTE, START } from '../../test/calls.js';
import type { Finding } from './finding.js';
import { findingEvent, findingRecord } from './finding-event.js';

const cause = call(START, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
const finding = (overrides: Partial<Finding> = {}): Finding => ({
  kind: 'first_use',
  version: 1,
  severity: 'medium',
  title: 'coder used create_issue on github for the first time',
  subject: 'agent:coder\ncreate_issue',
  personal: true,
  tool: 'create_issue',
  observed: { value: 1, unit: 'calls', detail: {} },
  expected: { value: 0, threshold: 1, detail: {} },
  window: { from: START, to: START + 1 },
  lensQuery: { q: 'tool:create_issue', from: START, to: START + MINUTE },
  evidence: [cause.requestId],
  suppressed: 0,
  cause,
  ...overrides,
});

describe('the event of a finding', () => {
  it('is what the contract says', () => {
    const event = findingEvent(finding());
    expect(envelopeSchema.parse(event)).toEqual(event);
    expect(findingRaisedDataSchema.parse(event.data)).toEqual(event.data);
    expect(event).toMatchObject({
      type: 'FindingRaised',
      version: 1,
      tenantId: 'tenant-a',
      position: -1,
      occurredAt: '2026-03-04T00:00:00.000Z',
      actor: { type: 'service', id: 'anomaly' },
      correlationId: 'ig_trace_1',
      causationId: cause.eventId,
      traceparent: cause.traceparent,
      data: {
        findingId: event.id,
        connection: { id: 'connection-1', slug: 'github' },
        agent: 'coder',
        key: { id: 'key-1', label: 'laptop' },
        session: 'session-1',
        user: 'ana@example.com',
        window: { from: '2026-03-04T00:00:00.000Z', to: '2026-03-04T00:00:00.001Z' },
      },
    });
  });

  it('names nobody when it is about the whole connection', () => {
    expect(findingEvent(finding({ personal: false })).data).toMatchObject({
      agent: null,
      key: null,
      session: null,
      user: null,
    });
  });

  it('has an id that depends on what it is about, and on nothing else', () => {
    const { id } = findingEvent(finding());
    expect(id).toBe('019cb624-f000-7721-8be6-1c84e7154a79');
    const same = finding({
      title: 'other',
      severity: 'low',
      evidence: ['x'],
      suppressed: 7,
      cause: { ...cause, requestId: 'y' },
    });
    expect(findingEvent(same).id).toBe(id);
    const others: Partial<Finding>[] = [
      { kind: 'rate_spike' },
      { version: 2 },
      { subject: 'agent:coder' },
      { window: { from: START + 1, to: START + 2 } },
      { cause: { ...cause, tenantId: 'tenant-b' } },
      { cause: { ...cause, connection: null } },
      { cause: { ...cause, connection: { id: 'connection-2', slug: 'github' } } },
    ];
    const ids = new Set(others.map((other) => findingEvent(finding(other)).id));
    expect(ids.size).toBe(others.length);
    expect(ids.has(id)).toBe(false);
  });

  it('groups by kind, connection and subject', () => {
    const keyOf = (overrides: Partial<Finding>) => findingEvent(finding(overrides)).data.dedupKey;
    expect(keyOf({ window: { from: START + MINUTE, to: START + MINUTE + 1 } })).toBe(keyOf({}));
    expect(keyOf({ subject: 'agent:reviewer' })).not.toBe(keyOf({}));
    expect(keyOf({ kind: 'denial_burst' })).not.toBe(keyOf({}));
  });

  it('carries the latest evidence only, and a title of bounded length', () => {
    const evidence = Array.from({ length: 64 }, (_, n) => `request-${n}`);
    const { data } = findingEvent(finding({ evidence, title: '😀'.repeat(500) }));
    expect(data.evidence).toEqual(evidence.slice(-20));
    expect(findingRaisedDataSchema.safeParse(data).success).toBe(true);
    // Nothing but whole characters.
    expect(encodeURIComponent(data.title)).toContain('%F0%9F%98%80');
  });

  it('reaches to where Lens finds a call of a gateway whose clock is ahead', () => {
    const ahead = { ...cause, decidedAt: START + 10 * MINUTE };
    const { data } = findingEvent(finding({ cause: ahead }));
    expect(data.window.to).toBe('2026-03-04T00:10:00.001Z');
    expect(data.lensQuery.to).toBe('2026-03-04T00:10:00.001Z');
  });

  it('is published with the key of its connection', () => {
    const event = findingEvent(finding());
    const record = findingRecord(event);
    expect(record).toMatchObject({
      topic: TOPICS.anomalyFindings.name,
      key: 'tenant-a:connection-1',
      type: 'FindingRaised',
    });
    expect(JSON.parse(Buffer.from(record.value).toString())).toEqual(event);
    expect(findingRecord(findingEvent(finding({ cause: { ...cause, connection: null } }))).key).toBe(
      'tenant-a:',
    );
  });
});
