import { parse } from '@portcullis/lens';
import { describe, expect, it } from 'vitest';
import {
  call,
  connectionCreated,
  finding,
  killSwitchEngaged,
  killSwitchReleased,
  START,
} from '../../test/events.js';
import { findingSignal } from './finding-signal.js';
import { InvalidEvent } from './invalid-event.js';
import { policyChangeSignal } from './kill-switch-signal.js';
import { lensFilter } from './lens-filter.js';
import { inText, storable, titleOf } from './plain-text.js';
import { policyAlertSignal } from './policy-alert-signal.js';

const nobody = () => undefined;

describe('a finding', () => {
  it('is a firing of its own kind, severity and key', () => {
    const event = finding({ tool: 'delete_repo', agent: 'coder', key: { id: 'k1', label: 'laptop' } });
    expect(findingSignal(event)).toMatchObject({
      type: 'firing',
      tenantId: 'acme',
      dedupKey: event.data.dedupKey,
      kind: 'rate_spike',
      severity: 'medium',
      title: event.data.title,
      subject: {
        connection: { slug: 'github' },
        tool: 'delete_repo',
        agent: 'coder',
        key: { label: 'laptop' },
        rule: null,
      },
      evidence: {
        observed: { value: 200, unit: 'calls', threshold: null },
        expected: { value: 20, unit: 'calls', threshold: 60 },
        requests: ['r1'],
      },
      occurrences: 1,
      firstAt: START,
      cause: { id: event.id },
    });
  });

  it.each([
    ['another type', { type: 'FindingWithdrawn' }, 'notification.unknown_type'],
    ['another version', { version: 2 }, 'notification.unknown_type'],
    ['no time', { occurredAt: 'soon' }, 'notification.event_time'],
    ['a time of another age', { occurredAt: '1970-01-01T00:00:00.000Z' }, 'notification.event_time'],
  ])('with %s cannot be read', (_, overrides, code) => {
    expect(() => findingSignal(finding({}, overrides))).toThrow(
      expect.objectContaining({ code }) as InvalidEvent,
    );
  });
});

describe('a call that passed with an alert', () => {
  const keyOf = (data: Parameters<typeof call>[0]) => policyAlertSignal(call(data)).dedupKey;

  it('is one alert for each rule, policy and connection, whoever called', () => {
    expect(keyOf({ user: 'bob', key: null, name: 'other' })).toBe(keyOf({}));
    const others = [
      { rule: 'another' },
      { rule: null },
      { connection: { id: 'c2', slug: 'github' } },
      { connection: null },
      { policy: { id: 'p2', name: 'money', revision: 1 } },
    ];
    expect(new Set([keyOf({}), ...others.map(keyOf)]).size).toBe(6);
    expect(keyOf({ policy: { id: 'p1', name: 'renamed', revision: 9 } })).toBe(keyOf({}));
  });

  it('is as grave as its rule says', () => {
    expect(policyAlertSignal(call({ severity: 'critical' })).severity).toBe('critical');
    expect(policyAlertSignal(call({ severity: undefined })).severity).toBe('medium');
  });

  it('is milder when no rule said so', () => {
    expect(policyAlertSignal(call()).severity).toBe('medium');
    expect(policyAlertSignal(call({ rule: null, policy: null }))).toMatchObject({
      severity: 'low',
      subject: { rule: null },
    });
  });

  it('has a query that Lens takes, whatever the rule is called', () => {
    for (const rule of ['refunds', 'a "b" OR c', 'x*', '', '-y | stats count()']) {
      const { q } = policyAlertSignal(call({ rule })).evidence.lens!;
      expect(parse(q).diagnostics, q).toEqual([]);
    }
  });
});

describe('a kill switch', () => {
  it.each([
    ['organization', null, 'critical', 'Ana stopped the organization: leak', null],
    ['connection', 'c1', 'high', 'Ana stopped connection github: leak', { id: 'c1', slug: 'github' }],
    ['connection', 'c2', 'high', 'Ana stopped connection c2: leak', { id: 'c2', slug: 'c2' }],
    ['agent', 'k1', 'high', 'Ana stopped agent k1: leak', null],
    ['session', 's1', 'medium', 'Ana stopped session s1: leak', null],
  ])('on %s %s is of severity %s', (scope, target, severity, title, connection) => {
    const slugOf = (_: string, id: string) => (id === 'c1' ? 'github' : undefined);
    expect(policyChangeSignal(killSwitchEngaged('ks', { scope, target }), slugOf)).toMatchObject({
      type: 'firing',
      kind: 'kill_switch',
      severity,
      title,
      subject: { connection },
    });
  });

  it('is released under the key it was engaged under, and no other', () => {
    const engaged = policyChangeSignal(killSwitchEngaged('ks'), nobody) as { dedupKey: string };
    expect(policyChangeSignal(killSwitchReleased('ks'), nobody)).toMatchObject({
      type: 'release',
      dedupKey: engaged.dedupKey,
      by: { name: 'Ben' },
    });
    expect(policyChangeSignal(killSwitchReleased('other'), nobody)).not.toMatchObject({
      dedupKey: engaged.dedupKey,
    });
  });

  it('learns the slugs of connections', () => {
    expect(policyChangeSignal(connectionCreated('c9', 'jira'), nobody)).toEqual({
      type: 'connection',
      tenantId: 'acme',
      id: 'c9',
      slug: 'jira',
    });
  });

  it('that is damaged cannot be read', () => {
    expect(() => policyChangeSignal(killSwitchEngaged('ks', { scope: 'planet' }), nobody)).toThrow(
      InvalidEvent,
    );
  });
});

describe('text', () => {
  it('shows a mark where something hides, reverses or breaks lines', () => {
    expect(inText('a\u202Eb\u0000c\u200Bd\ne')).toBe('a\uFFFDb\uFFFDc\uFFFDd e');
    expect(inText(' \u00A0 ')).toBe('(no name)');
    expect(inText('x'.repeat(100))).toBe(`${'x'.repeat(59)}…`);
    expect(titleOf('😀'.repeat(200)).length).toBeLessThanOrEqual(256);
    // Nothing but whole characters.
    expect(() => encodeURIComponent(titleOf('😀'.repeat(200)))).not.toThrow();
  });

  it('is storable without what no column takes', () => {
    expect(storable('a\u0000b\uD800c😀')).toBe('a\uFFFDb\uFFFDc😀');
    expect(storable('x'.repeat(300))).toHaveLength(256);
    expect(JSON.stringify(storable(`${'x'.repeat(255)}😀`))).not.toMatch(/\\ud/i);
  });

  it('is quoted in a query where it has to be', () => {
    expect(lensFilter({ decision: 'alert', connection: null, rule: 'no "x"' })).toBe(
      'decision:alert rule:"no \\"x\\""',
    );
    expect(lensFilter({})).toBe('');
  });
});
