import type { PolicyEventData } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import { evolveKillSwitch, type KillSwitchEvent, type KillSwitchState } from './kill-switch.js';

export type KillSwitchCommand =
  /** `target` is an id that exists; whose it is was found out before. */
  | ({ type: 'EngageKillSwitch' } & PolicyEventData<'KillSwitchEngaged'>)
  | { type: 'ReleaseKillSwitch'; killSwitchId: string };

export const killSwitchDecider: Decider<KillSwitchState | null, KillSwitchCommand, KillSwitchEvent> = {
  initialState: null,
  evolve: evolveKillSwitch,
  decide(command, state) {
    if (command.type === 'EngageKillSwitch') {
      if (state) throw new Rejection('kill_switch.exists', 'conflict', 'The kill switch exists already.');
      const { type: _, ...data } = command;
      if ((data.target === null) !== (data.scope === 'organization')) {
        throw new Rejection('kill_switch.target_invalid', 'invalid', 'The target does not fit the scope.', [
          {
            pointer: '/target',
            message: data.scope === 'organization' ? 'must be left out' : `must name the ${data.scope}`,
          },
        ]);
      }
      return [{ type: 'KillSwitchEngaged', data }];
    }
    if (!state) throw new Rejection('kill_switch.not_found', 'not_found', 'No such kill switch.');
    if (state.released) return [];
    const { scope, target } = state;
    return [{ type: 'KillSwitchReleased', data: { killSwitchId: command.killSwitchId, scope, target } }];
  },
};
