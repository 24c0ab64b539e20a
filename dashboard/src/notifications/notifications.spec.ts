import { describe, expect, it } from 'vitest';
import { typedSettings, valuesOf } from './channel-form-values.js';
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
