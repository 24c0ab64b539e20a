import type { PolicyEventData } from '@portcullis/contracts';
import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, it } from 'vitest';
import type { KillSwitchEvent } from './kill-switch.js';
import { killSwitchDecider } from './kill-switch.decider.js';

const { given } = deciderSpec(killSwitchDecider);
const data: PolicyEventData<'KillSwitchEngaged'> = {
  killSwitchId: 'k1',
  scope: 'agent',
  target: 'key-1',
  mode: 'abort',
  reason: 'leaked',
};
const engaged: KillSwitchEvent = { type: 'KillSwitchEngaged', data };
const released: KillSwitchEvent = {
  type: 'KillSwitchReleased',
  data: { killSwitchId: 'k1', scope: 'agent', target: 'key-1' },
};

describe('kill switch', () => {
  it('is engaged', () => {
    given()
      .when({ type: 'EngageKillSwitch', ...data })
      .then(engaged);
  });

  it('stops a whole organization without a target', () => {
    const whole = { ...data, scope: 'organization' as const, target: null };
    given()
      .when({ type: 'EngageKillSwitch', ...whole })
      .then({ type: 'KillSwitchEngaged', data: whole });
  });

  it('needs a target for anything less', () => {
    for (const scope of ['session', 'connection', 'agent'] as const) {
      given()
        .when({ type: 'EngageKillSwitch', ...data, scope, target: null })
        .thenRejected('kill_switch.target_invalid');
    }
  });

  it('takes no target for an organization', () => {
    given()
      .when({ type: 'EngageKillSwitch', ...data, scope: 'organization' })
      .thenRejected('kill_switch.target_invalid');
  });

  it('is engaged once', () => {
    given(engaged)
      .when({ type: 'EngageKillSwitch', ...data })
      .thenRejected('kill_switch.exists');
  });

  it('is released', () => {
    given(engaged).when({ type: 'ReleaseKillSwitch', killSwitchId: 'k1' }).then(released);
  });

  it('stays released', () => {
    given(engaged, released).when({ type: 'ReleaseKillSwitch', killSwitchId: 'k1' }).thenNothing();
  });

  it('must be known', () => {
    given().when({ type: 'ReleaseKillSwitch', killSwitchId: 'k1' }).thenRejected('kill_switch.not_found');
  });
});
