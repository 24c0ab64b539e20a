import { describe, expect, it } from 'vitest';
import { figureText, kindWord, muteUntil } from './alert-words.js';
import { alertsSearch } from './alerts-search.js';

describe('the address of the alerts page', () => {
  it('is read as far as it makes sense', () => {
    expect(alertsSearch({})).toEqual({ state: 'firing' });
    expect(
      alertsSearch({
        state: 'resolved',
        severity: 'high,nonsense,critical',
        kind: 'rate_spike',
        alert: 'a1',
      }),
    ).toEqual({
      state: 'resolved',
      severity: 'high,critical',
      kind: 'rate_spike',
      alert: 'a1',
    });
    expect(alertsSearch({ state: 7, severity: 'none', connection: ['x'] })).toEqual({ state: 'firing' });
  });
});

describe('the words of an alert', () => {
  it('are people’s', () => {
    expect(kindWord('rate_spike')).toBe('Rate spike');
    const figure = { value: 300, unit: 'calls', threshold: 60.25, detail: {} };
    expect(figureText({ ...figure, value: 1 }, 'value')).toBe('1 call');
    expect([figureText(figure, 'value'), figureText(figure, 'threshold'), figureText(null, 'value')]).toEqual(
      ['300 calls', '60.3 calls', '–'],
    );
  });

  it('end a mute in the future', () => {
    const now = new Date(2026, 2, 31, 23, 30);
    expect(muteUntil('4h', now).getTime() - now.getTime()).toBe(4 * 3_600_000);
    const tomorrow = muteUntil('tomorrow', now);
    expect([tomorrow.getMonth(), tomorrow.getDate(), tomorrow.getHours()]).toEqual([3, 1, 9]);
  });
});
