import type { PolicyDomainEvent, PolicyEventData } from '@portcullis/contracts';

export type KillSwitchEvent = Extract<
  PolicyDomainEvent,
  { type: 'KillSwitchEngaged' | 'KillSwitchReleased' }
>;

export type KillSwitchState = Pick<PolicyEventData<'KillSwitchEngaged'>, 'scope' | 'target' | 'mode'> & {
  readonly released: boolean;
};

export function evolveKillSwitch(
  state: KillSwitchState | null,
  event: KillSwitchEvent,
): KillSwitchState | null {
  switch (event.type) {
    case 'KillSwitchEngaged': {
      const { scope, target, mode } = event.data;
      return { scope, target, mode, released: false };
    }
    case 'KillSwitchReleased':
      return state && { ...state, released: true };
  }
}

export function killSwitchStream(killSwitchId: string): string {
  return `kill-switch-${killSwitchId}`;
}
