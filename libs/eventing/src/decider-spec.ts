import { expect } from 'vitest';
import type { Command } from './command.js';
import type { Decider } from './decider.js';
import { foldEvents } from './decider.js';
import type { DomainEvent } from './event.js';
import { Rejection } from './rejection.js';

export interface Outcome<E extends DomainEvent> {
  then(...expected: E[]): void;
  thenNothing(): void;
  thenRejected(code: string): Rejection;
}

/** `given(events).when(command).then(events)`, over any decider. */
export function deciderSpec<State, C extends Command, E extends DomainEvent>(decider: Decider<State, C, E>) {
  return {
    given: (...events: E[]) => ({
      when(command: C): Outcome<E> {
        const state = foldEvents(decider, events);
        const frozen = JSON.stringify(state);
        const decide = () => decider.decide(command, state);
        const untouched = () =>
          expect(JSON.stringify(state), 'decide must not change the state').toBe(frozen);
        return {
          then(...expected) {
            const decided = decide();
            expect(decided).toEqual(expected);
            // What was decided must be something the state can take in.
            decided.reduce((next, event) => decider.evolve(next, event), state);
            untouched();
          },
          thenNothing() {
            expect(decide()).toEqual([]);
            untouched();
          },
          thenRejected(code) {
            let thrown: unknown;
            try {
              decide();
            } catch (error) {
              thrown = error;
            }
            expect(thrown, 'a rejection').toBeInstanceOf(Rejection);
            expect((thrown as Rejection).code).toBe(code);
            untouched();
            return thrown as Rejection;
          },
        };
      },
    }),
  };
}
