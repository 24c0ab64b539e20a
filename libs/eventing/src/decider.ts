import type { Command } from './command.js';
import type { DomainEvent } from './event.js';

/**
 * One stream's rules. Both functions are pure. `decide` returns no events when there is nothing to do, and throws
 * `Rejection` when the command may not happen.
 */
export interface Decider<State, C extends Command, E extends DomainEvent> {
  readonly initialState: State;
  decide(command: C, state: State): readonly E[];
  evolve(state: State, event: E): State;
}

export function foldEvents<State, E extends DomainEvent>(
  decider: Pick<Decider<State, never, E>, 'initialState' | 'evolve'>,
  events: Iterable<E>,
): State {
  let state = decider.initialState;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
