import type { FindingRaisedData } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { bytesOf, DECIDED_AT, domainEvent, iso, shown } from '../../test/events.js';
import { readEvent } from './read-event.js';

const finding: FindingRaisedData = {
  findingId: '0197c0de-0005-7000-8000-000000000001',
  kind: 'rate_spike',
  detectorVersion: 1,
  severity: 'high',
  title: '150 calls to github in 5 minutes; the hour before had 15 in 5 minutes on average',
  connection: { id: 'connection-1', slug: 'github' },
  agent: 'coder',
  key: { id: 'key-1', label: 'laptop' },
  session: 'session-1',
  user: 'ana@example.com',
  tool: 'create_issue',
  observed: { value: 150, unit: 'calls', detail: { windowMinutes: 5 } },
  expected: { value: 15, threshold: 46, detail: { multiplier: 3 } },
  window: { from: iso(DECIDED_AT - 300_000), to: iso(DECIDED_AT) },
  lensQuery: { q: 'connection:github', from: iso(DECIDED_AT - 300_000), to: iso(DECIDED_AT) },
  evidence: ['request-1', 'request-2'],
  dedupKey: 'rate_spike:connection-1:0',
  suppressed: 0,
};
const rowOf = (data: unknown) => {
  const event = domainEvent(1, 'FindingRaised', data, {
    occurredAt: iso(DECIDED_AT),
    actor: { type: 'service', id: 'anomaly' },
    correlationId: 'ig_trace_1',
  });
  return readEvent(bytesOf(event), { topic: 'anomaly.findings.v1', partition: 0, offset: 7n }).row;
};

describe('a finding', () => {
  it('is a row of type anomaly with the columns of the calls it is about', () => {
    expect(rowOf(finding)).toMatchObject({
      type: 'anomaly',
      event_time: shown(DECIDED_AT),
      connection: 'github',
      connection_id: 'connection-1',
      tool: 'create_issue',
      agent: 'coder',
      key: 'laptop',
      key_id: 'key-1',
      session: 'session-1',
      user: 'ana@example.com',
      trace: 'ig_trace_1',
      actor: 'service:anomaly',
      log_topic: 'anomaly.findings.v1',
    });
    expect(rowOf(finding).risk).toBe(0.8);
  });

  it('has its kind, what was observed and expected, and the query that shows it in attrs', () => {
    const { attrs } = rowOf(finding);
    expect(attrs).toMatchObject({
      kind: 'rate_spike',
      severity: 'high',
      title: finding.title,
      'observed.value': '150',
      'observed.unit': 'calls',
      'expected.value': '15',
      'expected.threshold': '46',
      'expected.detail.multiplier': '3',
      'lensQuery.q': 'connection:github',
      'evidence.0': 'request-1',
    });
    expect(attrs).not.toHaveProperty('audit.unknown_type');
  });

  it('has empty columns where it is about nobody, and is stored whatever a later release says in it', () => {
    const bare = rowOf({
      ...finding,
      connection: null,
      agent: null,
      key: null,
      tool: null,
      severity: 'dire',
    });
    expect(bare).toMatchObject({ type: 'anomaly', connection: '', agent: '', key: '', tool: '', risk: 0 });
    expect(bare.attrs).toMatchObject({ severity: 'dire' });
    expect(rowOf('nothing of the sort').type).toBe('anomaly');
  });
});
