import { describe, expect, it } from 'vitest';
import { deciderSpec } from './decider-spec.js';
import type { Decider } from './decider.js';
import { Rejection } from './rejection.js';

type Switched = { type: 'SwitchedOn' | 'SwitchedOff'; data: Record<string, never> };
const lamp: Decider<{ on: boolean; broken?: boolean }, { type: 'SwitchOn' | 'Break' }, Switched> = {
  initialState: { on: false },
  decide(command, state) {
    if (command.type === 'Break') {
      state.broken = true;
      return [];
    }
    if (state.on) throw new Rejection('lamp.on', 'conflict', 'It is on.');
    return [{ type: 'SwitchedOn', data: {} }];
  },
  evolve: (_, event) => ({ on: event.type === 'SwitchedOn' }),
};

describe('given, when, then', () => {
  const { given } = deciderSpec(lamp);

  it('passes on what happens', () => {
    given({ type: 'SwitchedOff', data: {} })
      .when({ type: 'SwitchOn' })
      .then({ type: 'SwitchedOn', data: {} });
    given({ type: 'SwitchedOn', data: {} }).when({ type: 'SwitchOn' }).thenRejected('lamp.on');
  });

  it('fails on anything else', () => {
    expect(() => given().when({ type: 'SwitchOn' }).thenNothing()).toThrow();
    expect(() => given().when({ type: 'SwitchOn' }).then({ type: 'SwitchedOff', data: {} })).toThrow();
    expect(() => given().when({ type: 'SwitchOn' }).thenRejected('lamp.on')).toThrow();
    expect(() =>
      given({ type: 'SwitchedOn', data: {} }).when({ type: 'SwitchOn' }).thenRejected('lamp.off'),
    ).toThrow();
  });

  it('catches a decide that changes the state it was given', () => {
    expect(() => given().when({ type: 'Break' }).thenNothing()).toThrow('must not change');
  });
});
