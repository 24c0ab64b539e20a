import { describe, expect, it } from 'vitest';
import { typedSettings, valuesOf } from './channel-form-values.js';
import { failureText } from './delivery-words.js';
import type { Channel, Delivery } from './notification-queries.js';
import { deadOf, replayText } from './replay-range.js';
import { matcherText, spanText, timerText } from './route-words.js';

describe('the form of a channel', () => {
  it('sends the settings of its type alone', () => {
    const values = {
      ...valuesOf(null),
      url: ' https://example.com/hook ',
      to: ['a@example.com'],
      host: 'siem',
    };
    expect(typedSettings(values).settings).toEqual({ url: 'https://example.com/hook' });
    expect(typedSettings({ ...values, type: 'email' }).settings).toEqual({ to: ['a@example.com'] });
    expect(typedSettings({ ...values, type: 'syslog' }).settings).toEqual({
      host: 'siem',
      port: 6514,
      transport: 'tls',
    });
    expect(typedSettings({ ...values, type: 'slack' }).settings).toEqual({});
  });
});

describe('a route in words', () => {
  it('says what it takes and when it tells', () => {
    expect(matcherText({})).toBe('every alert');
    expect(
      matcherText({ severity: 'high', kinds: ['rate_spike', 'first_use'], connections: ['prod-*'] }),
    ).toBe('high and above, rate spike or first use, on prod-*');
    expect([30, 300, 14_400, 90].map(spanText)).toEqual(['30 s', '5 min', '4 h', '90 s']);
    expect(
      timerText({
        channels: [],
        groupBy: ['kind'],
        groupWait: 30,
        groupInterval: 300,
        repeatInterval: 14_400,
        sendResolved: true,
      }),
    ).toBe(
      'Alerts with the same kind are told together: first after 30 s (critical ones at once), news at most every 5 min, what still fires again every 4 h. The end is told, too.',
    );
  });
});

describe('a replay of dead letters', () => {
  const channel = (id: string, part: object = {}) =>
    ({ id, enabled: true, health: { state: 'ok' }, ...part }) as unknown as Channel;
  const dead = (channelId: string, kind = 'firing') =>
    ({ channelId, channel: `name of ${channelId}`, kind }) as unknown as Delivery;
  const channels = [
    channel('a'),
    channel('b'),
    channel('off', { enabled: false }),
    channel('stopped', { health: { state: 'stopped' } }),
  ];
  const rows = [
    dead('b'),
    dead('a'),
    dead('b'),
    dead('b', 'test'),
    dead('off'),
    dead('stopped'),
    dead('deleted'),
  ];

  it('counts what will be sent, by channel, and apart from it what cannot be', () => {
    expect(deadOf(rows, channels, null)).toEqual({
      total: 3,
      unreachable: 3,
      channels: [
        { name: 'name of b', count: 2 },
        { name: 'name of a', count: 1 },
      ],
    });
    expect(deadOf(rows, channels, 'a')).toMatchObject({ total: 1, unreachable: 0 });
    expect(deadOf(rows, channels, 'stopped')).toEqual({ total: 0, unreachable: 1, channels: [] });
  });

  it('says what came of it, and nothing of having arrived', () => {
    expect(replayText({ replayed: 1, remaining: 0, unreachable: 0 })).toEqual([
      '1 dead letter is on its way again. The list shows whether it arrives.',
    ]);
    expect(replayText({ replayed: 1_200, remaining: 3, unreachable: 2 })).toEqual([
      '1,200 dead letters are on their way again. The list shows whether they arrive.',
      '2 dead letters cannot be sent: the channel is off, stopped or deleted.',
      '3 dead letters still wait: replay once more.',
    ]);
    expect(replayText({ replayed: 0, remaining: 0, unreachable: 0 })).toEqual(['Nothing was sent again.']);
  });
});

describe('failureText', () => {
  it('has words for every failure, known or not, and shows no code', () => {
    const codes = [
      'delivery.gone',
      'delivery.http_404',
      'delivery.http_503',
      'delivery.smtp_550',
      'delivery.new',
      null,
    ];
    expect(codes.map(failureText)).toEqual([
      'The receiver is gone for good (410).',
      'The receiver refused it (404).',
      'The receiver failed (503).',
      'The mail server refused it (550).',
      'It failed.',
      'No answer.',
    ]);
  });
});
