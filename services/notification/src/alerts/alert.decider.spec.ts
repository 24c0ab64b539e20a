import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, expect, it } from 'vitest';
import { isMuted, LONGEST_MUTE_MS } from './alert.js';
import { alertDecider, type AlertEvent } from './alert.decider.js';

const { given } = deciderSpec(alertDecider);
const note = null;
const opened: AlertEvent = { type: 'AlertOpened', data: { at: 1, severity: 'medium' } };
const acknowledged: AlertEvent = { type: 'AlertAcknowledged', data: { at: 2, by: 'Ana', note } };
const resolved: AlertEvent = { type: 'AlertResolved', data: { at: 3, by: null, how: 'quiet', note } };
const reopened: AlertEvent = { type: 'AlertReopened', data: { at: 4, severity: 'medium', note } };
const muted: AlertEvent = { type: 'AlertMuted', data: { at: 2, until: 50, note } };
const person = { by: 'Ana', note: 'looking' };

describe('an alert', () => {
  it('opens when it fires for the first time', () => {
    given()
      .when({ type: 'Fire', at: 5, severity: 'high' })
      .then({ type: 'AlertOpened', data: { at: 5, severity: 'high' } });
  });

  it.each([
    ['open', [opened]],
    ['acknowledged', [opened, acknowledged]],
    ['reopened', [opened, resolved, reopened]],
  ])('firing again while %s says nothing new, and no less severe', (_, before) => {
    given(...before)
      .when({ type: 'Fire', at: 9, severity: 'medium' })
      .thenNothing();
    given(...before)
      .when({ type: 'Fire', at: 9, severity: 'info' })
      .thenNothing();
  });

  it('escalates when it fires worse, acknowledged or not', () => {
    const escalated: AlertEvent = {
      type: 'AlertEscalated',
      data: { at: 9, before: 'medium', severity: 'critical' },
    };
    given(opened).when({ type: 'Fire', at: 9, severity: 'critical' }).then(escalated);
    given(opened, acknowledged).when({ type: 'Fire', at: 9, severity: 'critical' }).then(escalated);
    given(opened, escalated).when({ type: 'Fire', at: 10, severity: 'high' }).thenNothing();
    const life = [opened, acknowledged, escalated].reduce(alertDecider.evolve, alertDecider.initialState);
    expect(life).toMatchObject({ state: 'open', acknowledged: null, severity: 'critical', openings: 1 });
  });

  it('reopens when it fires after it was resolved, as severe as it fires now', () => {
    given(opened, resolved)
      .when({ type: 'Fire', at: 9, severity: 'low' })
      .then({ type: 'AlertReopened', data: { at: 9, severity: 'low', note } });
  });

  it('is acknowledged once, while it fires', () => {
    given(opened)
      .when({ type: 'Acknowledge', at: 9, ...person })
      .then({ type: 'AlertAcknowledged', data: { at: 9, ...person } });
    given(opened, acknowledged)
      .when({ type: 'Acknowledge', at: 9, ...person })
      .thenNothing();
    given(opened, resolved)
      .when({ type: 'Acknowledge', at: 9, ...person })
      .thenRejected('alert.resolved');
  });

  it('has to be acknowledged again after it was reopened', () => {
    const life = [opened, acknowledged, resolved, reopened].reduce(
      alertDecider.evolve,
      alertDecider.initialState,
    );
    expect(life).toMatchObject({ state: 'reopened', acknowledged: null, resolved: null, openings: 2 });
  });

  it.each([
    ['a person', { by: 'Ana', how: 'person', note: 'false alarm' }],
    ['a released kill switch', { by: 'Ben', how: 'released', note: null }],
    ['quiet', { by: null, how: 'quiet', note: null }],
  ] as const)('is resolved by %s, once', (_, how) => {
    given(opened)
      .when({ type: 'Resolve', at: 9, ...how })
      .then({ type: 'AlertResolved', data: { at: 9, ...how } });
    given(opened, acknowledged)
      .when({ type: 'Resolve', at: 9, ...how })
      .then({ type: 'AlertResolved', data: { at: 9, ...how } });
    given(opened, resolved)
      .when({ type: 'Resolve', at: 9, ...how })
      .thenNothing();
  });

  it('is reopened by a person, from resolved and from acknowledged', () => {
    const expected: AlertEvent = {
      type: 'AlertReopened',
      data: { at: 9, severity: 'medium', note: 'looking' },
    };
    given(opened, resolved)
      .when({ type: 'Reopen', at: 9, ...person })
      .then(expected);
    given(opened, acknowledged)
      .when({ type: 'Reopen', at: 9, ...person })
      .then(expected);
    given(opened)
      .when({ type: 'Reopen', at: 9, ...person })
      .thenNothing();
  });

  it.each([9, 8, 9 + LONGEST_MUTE_MS + 1, Number.NaN])('is not muted until %d', (until) => {
    given(opened)
      .when({ type: 'Mute', at: 9, until, ...person })
      .thenRejected('alert.mute_invalid');
  });

  it('is muted for 90 days at most, in any state, and stays so when it fires again', () => {
    const until = 9 + LONGEST_MUTE_MS;
    given(opened)
      .when({ type: 'Mute', at: 9, until, ...person })
      .then({ type: 'AlertMuted', data: { at: 9, until, note: 'looking' } });
    given(opened, resolved)
      .when({ type: 'Mute', at: 9, until: 20, ...person })
      .then({ type: 'AlertMuted', data: { at: 9, until: 20, note: 'looking' } });
    given(opened, muted)
      .when({ type: 'Mute', at: 9, until: 50, ...person })
      .thenNothing();
    const life = [opened, muted, resolved, reopened].reduce(alertDecider.evolve, alertDecider.initialState);
    expect(life.mutedUntil).toBe(50);
  });

  it('is not muted by what a clock that went back has made longer than a mute may be', () => {
    const until = 100 + LONGEST_MUTE_MS;
    const mutedAt = (now: number) => isMuted({ mutedUntil: until }, now);
    expect([99, 100, until - 1, until].map(mutedAt)).toEqual([false, true, true, false]);
  });

  it('is unmuted while it is muted', () => {
    given(opened, muted)
      .when({ type: 'Unmute', at: 9, ...person })
      .then({ type: 'AlertUnmuted', data: { at: 9, note: 'looking' } });
    given(opened, muted)
      .when({ type: 'Unmute', at: 50, ...person })
      .thenNothing();
    given(opened)
      .when({ type: 'Unmute', at: 9, ...person })
      .thenNothing();
  });

  it.each([
    { type: 'Acknowledge', at: 1, ...person },
    { type: 'Resolve', at: 1, by: null, how: 'quiet', note },
    { type: 'Reopen', at: 1, ...person },
    { type: 'Mute', at: 1, until: 2, ...person },
    { type: 'Unmute', at: 1, ...person },
  ] as const)('that never fired knows no $type', (command) => {
    given().when(command).thenRejected('alert.not_found');
  });
});
