import { routeListSchema } from '@portcullis/contracts';
import { uuidSequence } from '@portcullis/testing';
import { Rejection } from '@portcullis/eventing';
import { describe, expect, it } from 'vitest';
import { checkedRoutes } from './checked-routes.js';

const known = { channels: new Set(['a', 'b']), newId: uuidSequence() };
const list = (routes: object[], defaultRoute: object = {}) => routeListSchema.parse({ routes, defaultRoute });
const issuesOf = (...given: Parameters<typeof list>) => {
  try {
    checkedRoutes(list(...given), known);
  } catch (error) {
    if (error instanceof Rejection) return error.issues.map(({ pointer }) => pointer);
  }
  return [];
};

describe('routes to be saved', () => {
  it('get ids where they have none, and name each channel once', () => {
    const checked = checkedRoutes(
      list([
        { name: 'x', channels: ['a', 'b', 'a'] },
        { id: 'own', name: 'y', groupBy: ['kind', 'kind'] },
      ]),
      known,
    );
    expect(checked.routes.map(({ id, channels, groupBy }) => [id, channels, groupBy])).toEqual([
      [expect.stringMatching(/^0{8}-/), ['a', 'b'], ['kind', 'connection']],
      ['own', [], ['kind']],
    ]);
  });

  it.each([
    [
      'two of one id',
      [
        { id: 'x', name: 'x' },
        { id: 'x', name: 'y' },
      ],
      {},
      ['/routes/1/id'],
    ],
    ['a channel nobody has', [{ name: 'x', channels: ['a', 'c'] }], {}, ['/routes/0/channels/1']],
    ['such a channel by default', [], { channels: ['c'] }, ['/defaultRoute/channels/0']],
    [
      'a glob nobody can read',
      [{ name: 'x', matchers: { connections: ['ok', '{a'] } }],
      {},
      ['/routes/0/matchers/connections/1'],
    ],
  ])('are refused with %s', (_, routes, fallback, expected) => {
    expect(issuesOf(routes, fallback)).toEqual(expected);
  });

  it.each([
    [{ routes: Array.from({ length: 101 }, (_, n) => ({ name: `r${n}` })), defaultRoute: {} }],
    [{ routes: [{ name: '' }], defaultRoute: {} }],
    [{ routes: [{ name: 'x', repeatInterval: 1 }], defaultRoute: {} }],
    [{ routes: [{ name: 'x', groupBy: ['secret'] }], defaultRoute: {} }],
    [{ routes: [{ name: 'x', matchers: { severity: 'loud' } }], defaultRoute: {} }],
    [{ routes: [{ name: 'x', id: '../x' }], defaultRoute: {} }],
    [{ routes: [] }],
  ])('are refused by their schema: %j', (given) => {
    expect(routeListSchema.safeParse(given).success).toBe(false);
  });
});
