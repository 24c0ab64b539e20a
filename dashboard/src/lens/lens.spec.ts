import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { lensCurl, shellQuoted } from './lens-curl.js';
import { lensSearch } from './lens-search.js';
import { summaryText } from './row-summary.js';
import { rowTimings } from './row-timings.js';
import { frozen, instantOf, instantOfWallTime, rangeLabel, wallTime } from './time-range.js';

describe('lensSearch', () => {
  it.each([
    [{}, { q: '', from: 'now-24h', to: 'now' }],
    [
      { q: 'tool:x', from: 'now-7d', to: 'now-1d', cols: 'time,tool', row: 'abc' },
      { q: 'tool:x', from: 'now-7d', to: 'now-1d', cols: 'time,tool', row: 'abc' },
    ],
    [
      { q: 5, from: 'javascript:alert(1)', to: '2026-01-01' },
      { q: '5', from: 'now-24h', to: 'now' },
    ],
    [
      { q: ['a'], from: '2026-01-01T00:00:00Z', to: 'x', view: {} },
      { q: '', from: '2026-01-01T00:00:00Z', to: 'now' },
    ],
    [{ q: 'x'.repeat(9000) }, { q: 'x'.repeat(4096), from: 'now-24h', to: 'now' }],
  ])('%#', (raw, expected) => {
    expect(lensSearch(raw)).toEqual(expected);
  });
});

describe('time', () => {
  const now = Date.UTC(2026, 5, 1, 12);

  it('freezes what is relative', () => {
    expect(frozen({ from: 'now-1h', to: 'now' }, now)).toEqual({
      from: '2026-06-01T11:00:00.000Z',
      to: '2026-06-01T12:00:00.000Z',
    });
    expect(instantOf('2026-06-01T10:00:00', now)).toBe(Date.UTC(2026, 5, 1, 10));
    expect(instantOf('soon', now)).toBeNull();
  });

  it('has a name', () => {
    expect(rangeLabel({ from: 'now-24h', to: 'now' }, 'UTC')).toBe('Last 24 hours');
    expect(rangeLabel({ from: 'now-1h', to: 'now' }, 'UTC')).toBe('Last hour');
    expect(rangeLabel({ from: '2026-06-01T10:00:00Z', to: '2026-06-01T11:30:05Z' }, 'Europe/Berlin')).toBe(
      '01 Jun, 12:00 – 01 Jun, 13:30:05',
    );
    expect(rangeLabel({ from: 'now-7d', to: 'now-1d' }, 'UTC')).toBe('7d ago – 1d ago');
  });

  it.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'])(
    'goes to a clock in %s and back, also when it is changed',
    (zone) => {
      for (
        let instant = Date.UTC(2026, 0, 1, 0, 7, 3);
        instant < Date.UTC(2027, 0, 1);
        instant += 13 * 3_600_000 + 60_000
      ) {
        const back = instantOfWallTime(wallTime(instant, zone), zone);
        expect([instant, instant - 3_600_000], `${zone} ${new Date(instant).toISOString()}`).toContain(back);
      }
      expect(instantOfWallTime('', zone)).toBeNull();
    },
  );
});

describe('rowSummary', () => {
  const call = {
    type: 'tool_call',
    method: 'tools/call',
    user: 'ana@example.com',
    agent: 'claude-ci',
    tool: 'delete_row',
    connection: 'prod-db',
    decision: 'allow',
    outcome: 'ok',
  };

  it.each([
    [
      { decision: 'deny', outcome: 'denied', rule: 'no destructive tools' },
      "ana@example.com's agent claude-ci called delete_row on prod-db: denied by rule no destructive tools",
    ],
    [
      { decision: 'deny', outcome: 'denied', reason: 'auth.revoked' },
      "ana@example.com's agent claude-ci called delete_row on prod-db: denied (auth.revoked)",
    ],
    [{ rule: 'all' }, "ana@example.com's agent claude-ci called delete_row on prod-db: allowed by rule all"],
    [
      { user: '', decision: 'alert', rule: 'r', outcome: 'tool_error' },
      'Agent claude-ci called delete_row on prod-db: let through with an alert by rule r; the tool answered with an error',
    ],
    [
      { agent: '', user: '', outcome: 'unknown' },
      'Someone unknown called delete_row on prod-db: how it ended is not known',
    ],
    [
      { outcome: 'error', error: 'upstream.timeout' },
      "ana@example.com's agent claude-ci called delete_row on prod-db: it failed with upstream.timeout",
    ],
    [
      { tool: '', resource: 'file:///x', connection: '' },
      "ana@example.com's agent claude-ci read file:///x: allowed",
    ],
    [
      { tool: '', method: 'tools/list' },
      "ana@example.com's agent claude-ci sent tools/list on prod-db: allowed",
    ],
    [{ tool: 'a\u202eb\n' }, "ana@example.com's agent claude-ci called a\\u{202e}b\\n on prod-db: allowed"],
  ])('%j', (values, expected) => {
    expect(summaryText({ ...call, ...values })).toBe(expected);
  });

  it('reads findings and changes', () => {
    expect(
      summaryText({
        type: 'anomaly',
        method: '',
        attrs: {
          severity: 'high',
          title: 'Spike',
          'observed.value': '150',
          'observed.unit': 'calls',
          'expected.value': '15',
        },
      }),
    ).toBe('Anomaly, high: Spike. Observed 150 calls, expected 15');
    expect(summaryText({ type: 'anomaly', method: '', attrs: null })).toBe('Anomaly: no title');
    expect(summaryText({ type: 'policy_published', method: '', actor: 'user:ana', connection: '' })).toBe(
      'user:ana: policy published',
    );
    // Who did it is told by name where the row knows one: an id says nothing to people.
    expect(
      summaryText({ type: 'signed_in', method: '', actor: 'user:01a2', user: 'Ana', connection: '' }),
    ).toBe('Ana: signed in');
  });
});

describe('rowTimings', () => {
  it('splits the whole, whatever the clocks said', () => {
    expect(
      rowTimings({ latency_ms: 10, policy_ms: 2, upstream_ms: 5 }).parts.map(({ name, ms, share }) => [
        name,
        ms,
        share,
      ]),
    ).toEqual([
      ['policy', 2, 0.2],
      ['upstream', 5, 0.5],
      ['gateway', 3, 0.3],
    ]);
    expect(rowTimings({ latency_ms: 1, policy_ms: 2, upstream_ms: 5 }).totalMs).toBe(7);
    expect(rowTimings({ latency_ms: 'x' })).toEqual({ totalMs: 0, parts: [] });
  });
});

describe('lensCurl', () => {
  it('reaches the shell as it is, whatever it holds', () => {
    const q = `tool:"x' $(touch /tmp/no) \`id\` \\ !"`;
    expect(execFileSync('sh', ['-c', `printf %s ${shellQuoted(q)}`]).toString()).toBe(q);
    expect(lensCurl('http://127.0.0.1:4000', { q, from: 'a', to: 'b' })).toContain(
      'Bearer $PORTCULLIS_API_KEY',
    );
  });
});
