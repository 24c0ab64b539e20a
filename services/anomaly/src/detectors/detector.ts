import type { DetectionSettings, FindingKind } from '@portcullis/contracts';
import type { CallSeen } from '../calls/call-seen.js';
import type { Finding } from '../findings/finding.js';
import type { KnownTools } from './first-use/known-tools.js';

/**
 * Watches the calls of one connection for one kind of trouble: a pure function over what it remembers. It knows no clock
 * but the calls', so the same calls in the same order always give the same findings. States are plain data that
 * `structuredClone` copies whole, and are never changed in place.
 */
export interface Detector<State> {
  readonly kind: FindingKind;
  /** Raised with every change of its rules; part of a finding's id. */
  readonly version: number;
  /**
   * `state` undefined: nothing is remembered of this connection. `own`: what its organization has set for it, in force for
   * this call. `known`: who has used what of this connection before.
   */
  observe(
    state: State | undefined,
    call: CallSeen,
    own?: DetectionSettings,
    known?: KnownTools,
  ): Observation<State>;
  /** How many entries the state holds: what bounds on memory are counted in. */
  sizeOf(state: State): number;
}

export interface Observation<State> {
  readonly state: State | undefined;
  readonly findings: readonly Finding[];
  /** Entries given up to stay within bounds. */
  readonly forgotten: number;
}

const NONE: readonly Finding[] = [];

/** The call raised nothing. */
export function quiet<State>(state: State | undefined, forgotten = 0): Observation<State> {
  return { state, findings: NONE, forgotten };
}
