import type { Conditions, Rule } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { recordedFields, recordedRequest } from './recorded-request.js';
import { factsOf } from './rule-facts.js';

const rule = (over: Partial<Rule>): Rule => ({
  name: 'r',
  target: { kind: 'mcp_tool', tool: '*' },
  action: 'deny',
  ...over,
});

describe('factsOf', () => {
  it('names what the history does not hold, wherever it stands in the conditions', () => {
    const conditions: Conditions = {
      'tool.annotations.readOnlyHint': true,
      user: 'ana',
      any: [{ 'session.calls': { gt: 3 } }, { not: { 'token.groups': { contains: 'x' } } }],
      'connection.name': 'a',
    };
    expect(
      factsOf(rule({ conditions, limit: { calls: 1, per: '1m', key: ['key'] } }), false).unknowable,
    ).toEqual(['connection.name', 'limit', 'session.calls', 'token.groups', 'tool.annotations.readOnlyHint']);
    expect(
      factsOf(
        rule({
          conditions: {
            'connection.name': 'a',
            'metadata.team': 'x',
            'arguments.a': 1,
            'time.hour': { lt: 8 },
          },
        }),
        true,
      ).unknowable,
    ).toEqual([]);
  });

  it('reads arguments and metadata for the rules alone that look at them', () => {
    expect(recordedFields(factsOf(rule({}), false))).not.toContain('args');
    expect(recordedFields(factsOf(rule({ conditions: { not: { 'arguments.a': 1 } } }), false))).toContain(
      'args',
    );
    expect(recordedFields(factsOf(rule({ conditions: { any: [{ 'metadata.a': 'x' }] } }), false))).toContain(
      'metadata',
    );
  });

  it('takes metadata for what it is compared with, and says so when that is two things', () => {
    const facts = factsOf(
      rule({
        conditions: {
          'metadata.level': { gt: 3 },
          'metadata.on': true,
          'metadata.team': { in: ['1', '2'] },
          'metadata.mixed': { in: [1, 'x'] },
        },
      }),
      false,
    );
    expect(facts.unknowable).toEqual(['metadata.mixed']);
    const request = recordedRequest(
      { metadata: { level: '12', on: 'false', team: '1', mixed: '1' }, time: '2026-01-01T00:00:00.000Z' },
      't',
      null,
      facts,
    );
    expect(request.metadata).toEqual({ level: 12, on: false, team: '1', mixed: '1' });
  });
});

describe('recordedRequest', () => {
  const facts = factsOf(rule({ conditions: { 'arguments.a': 1 } }), false);

  it('is the question the row once was', () => {
    const row = {
      time: '2026-01-01T12:00:00.500Z',
      method: 'tools/call',
      tool: 'refund',
      resource: '',
      prompt: '',
      connection: 'shop',
      connection_id: 'c1',
      user: 'ana',
      agent: '',
      key: 'CI',
      key_id: 'k1',
      client: 'vendor/cli/1.2',
      session: 's1',
      source_ip: '10.0.0.1',
      args: { a: 1 },
    };
    expect(recordedRequest(row, 'acme', 'Shop', facts)).toEqual({
      organizationId: 'acme',
      connection: { id: 'c1', slug: 'shop', name: 'Shop' },
      kind: 'tool',
      method: 'tools/call',
      name: 'refund',
      now: Date.UTC(2026, 0, 1, 12) + 500,
      user: 'ana',
      metadata: null,
      arguments: { a: 1 },
      argumentsOmitted: false,
      key: { id: 'k1', label: 'CI', agent: null },
      session: { id: 's1' },
      client: { name: 'vendor/cli', version: '1.2' },
      sourceIp: '10.0.0.1',
    });
  });

  it('does not take arguments that were cut for whole ones', () => {
    const request = recordedRequest(
      { time: '2026-01-01T12:00:00.000Z', tool: 'refund', args: '{"a":1,"b":"xx' },
      'acme',
      null,
      facts,
    );
    expect(request).toMatchObject({ argumentsOmitted: true });
    expect(request.arguments).toBeUndefined();
  });
});
