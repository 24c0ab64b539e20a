import type { AlertResolution, AlertSeverity } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import { isFiring, isMuted, LONGEST_MUTE_MS, type Lifecycle } from './alert.js';
import { isWorse } from './severity.js';

interface ByPerson {
  readonly at: number;
  /** Name for people. */
  readonly by: string;
  readonly note: string | null;
}

export type AlertCommand =
  | { readonly type: 'Fire'; readonly at: number; readonly severity: AlertSeverity }
  | ({ readonly type: 'Acknowledge' } & ByPerson)
  | {
      readonly type: 'Resolve';
      readonly at: number;
      readonly by: string | null;
      readonly how: AlertResolution;
      readonly note: string | null;
    }
  | ({ readonly type: 'Reopen' } & ByPerson)
  | ({ readonly type: 'Mute'; readonly until: number } & ByPerson)
  | ({ readonly type: 'Unmute' } & ByPerson);

type Note = { readonly at: number; readonly note: string | null };

export type AlertEvent =
  | { readonly type: 'AlertOpened'; readonly data: { readonly at: number; readonly severity: AlertSeverity } }
  | { readonly type: 'AlertReopened'; readonly data: Note & { readonly severity: AlertSeverity } }
  | {
      readonly type: 'AlertEscalated';
      readonly data: {
        readonly at: number;
        readonly before: AlertSeverity;
        readonly severity: AlertSeverity;
      };
    }
  | { readonly type: 'AlertAcknowledged'; readonly data: Note & { readonly by: string } }
  | {
      readonly type: 'AlertResolved';
      readonly data: Note & { readonly by: string | null; readonly how: AlertResolution };
    }
  | { readonly type: 'AlertMuted'; readonly data: Note & { readonly until: number } }
  | { readonly type: 'AlertUnmuted'; readonly data: Note };

/** The life of an alert. Firing again while it fires is no event: it is counted beside. */
export const alertDecider: Decider<Lifecycle, AlertCommand, AlertEvent> = {
  initialState: {
    state: null,
    severity: 'info',
    openings: 0,
    openedAt: 0,
    acknowledged: null,
    resolved: null,
    mutedUntil: null,
  },

  decide(command, life) {
    if (command.type === 'Fire') return fire(command, life);
    if (life.state === null) throw new Rejection('alert.not_found', 'not_found', 'No such alert.');
    const { at, note } = command;
    switch (command.type) {
      case 'Acknowledge':
        if (life.state === 'resolved') {
          throw new Rejection('alert.resolved', 'conflict', 'The alert is resolved: reopen it first.');
        }
        if (life.state === 'acknowledged') return [];
        return [{ type: 'AlertAcknowledged', data: { at, by: command.by, note } }];
      case 'Resolve':
        if (life.state === 'resolved') return [];
        return [{ type: 'AlertResolved', data: { at, by: command.by, how: command.how, note } }];
      case 'Reopen':
        if (life.state === 'open' || life.state === 'reopened') return [];
        return [{ type: 'AlertReopened', data: { at, severity: life.severity, note } }];
      case 'Mute':
        if (!(command.until > at && command.until <= at + LONGEST_MUTE_MS)) {
          throw new Rejection('alert.mute_invalid', 'invalid', 'Mute until a time within the next 90 days.', [
            { pointer: '/until', message: 'must be within the next 90 days' },
          ]);
        }
        if (life.mutedUntil === command.until) return [];
        return [{ type: 'AlertMuted', data: { at, until: command.until, note } }];
      case 'Unmute':
        return isMuted(life, at) ? [{ type: 'AlertUnmuted', data: { at, note } }] : [];
    }
  },

  evolve(life, event) {
    const { data } = event;
    switch (event.type) {
      case 'AlertOpened':
      case 'AlertReopened':
        return {
          ...life,
          state: event.type === 'AlertOpened' ? 'open' : 'reopened',
          severity: event.data.severity,
          openings: life.openings + 1,
          openedAt: data.at,
          acknowledged: null,
          resolved: null,
        };
      case 'AlertEscalated':
        // Whoever acknowledged it did so when it was less.
        return {
          ...life,
          severity: event.data.severity,
          state: life.state === 'acknowledged' ? 'open' : life.state,
          acknowledged: null,
        };
      case 'AlertAcknowledged':
        return { ...life, state: 'acknowledged', acknowledged: { at: data.at, by: event.data.by } };
      case 'AlertResolved':
        return {
          ...life,
          state: 'resolved',
          resolved: { at: data.at, by: event.data.by, how: event.data.how },
        };
      case 'AlertMuted':
        return { ...life, mutedUntil: event.data.until };
      case 'AlertUnmuted':
        return { ...life, mutedUntil: null };
    }
  },
};

function fire({ at, severity }: Extract<AlertCommand, { type: 'Fire' }>, life: Lifecycle): AlertEvent[] {
  if (life.state === null) return [{ type: 'AlertOpened', data: { at, severity } }];
  if (!isFiring(life)) return [{ type: 'AlertReopened', data: { at, severity, note: null } }];
  // It does not get better by firing more mildly: what is open stays as bad as it was.
  if (!isWorse(severity, life.severity)) return [];
  return [{ type: 'AlertEscalated', data: { at, before: life.severity, severity } }];
}
