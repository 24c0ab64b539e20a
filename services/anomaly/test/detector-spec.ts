import { expect } from 'vitest';
import { parse } from '@portcullis/lens';
import type { CallSeen } from '../src/calls/call-seen.js';
import type { Detector } from '../src/detectors/detector.js';
import type { KnownTools } from '../src/detectors/first-use/known-tools.js';
import type { Finding } from '../src/findings/finding.js';

export interface DetectorOutcome {
  /** Exactly these, in this order; each is compared by what it names. */
  thenRaises(...expected: Partial<Finding>[]): readonly Finding[];
  thenRaisesNothing(): void;
}

/**
 * `given(calls).when(calls).thenRaises(findings)`, over any detector. What the given calls raise is not looked at. Along
 * the way it holds that states are not changed in place and survive a copy, and that Lens can read every query.
 */
export function detectorSpec<State>(
  detector: Detector<State>,
  { known }: { readonly known?: KnownTools } = {},
) {
  const observe = (state: State | undefined, call: CallSeen) =>
    detector.observe(state, call, undefined, known);
  return {
    given: (...given: CallSeen[]) => ({
      when(...calls: CallSeen[]): DetectorOutcome {
        let state: State | undefined;
        for (const call of given) state = observe(state, call).state;
        const found: Finding[] = [];
        for (const call of calls) {
          const before = structuredClone(state);
          const observed = observe(state, call);
          expect(state, 'observe must not change the state').toEqual(before);
          found.push(...observed.findings);
          state = structuredClone(observed.state);
        }
        for (const { kind, lensQuery, window, evidence } of found) {
          expect(kind).toBe(detector.kind);
          expect(parse(lensQuery.q).diagnostics).toEqual([]);
          expect(lensQuery.q).not.toBe('');
          expect(window.from).toBeLessThan(window.to);
          expect(evidence.length).toBeGreaterThan(0);
        }
        return {
          thenRaises(...expected) {
            expect(found).toHaveLength(expected.length);
            expected.forEach((finding, index) => expect(found[index]).toMatchObject(finding));
            return found;
          },
          thenRaisesNothing() {
            expect(found).toEqual([]);
          },
        };
      },
    }),
  };
}
