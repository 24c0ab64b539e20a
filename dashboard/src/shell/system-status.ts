/** What the deployment is for, apart from one another: calls go on being decided while nothing analyses them. */
export const DUTIES = [
  { name: 'serving', services: ['gateway', 'policy', 'api'], means: 'decides and forwards calls' },
  { name: 'auditing', services: ['audit'], means: 'stores what happened' },
  { name: 'analysing', services: ['anomaly'], means: 'looks for what is not normal' },
  { name: 'notifying', services: ['notification'], means: 'tells people' },
] as const;

export type DutyState = 'up' | 'degraded' | 'down' | 'unknown';

export interface DutyStatus {
  readonly name: (typeof DUTIES)[number]['name'];
  readonly means: string;
  readonly state: DutyState;
  /** Services that are not well, with their state: `audit stopping`. */
  readonly ailing: readonly string[];
}

/** `services`: state by name, as GET /health says; a service that is not named is not known. */
export function dutyStatuses(
  services: Readonly<Record<string, { readonly status: string }>> | undefined,
): DutyStatus[] {
  return DUTIES.map(({ name, services: members, means }) => {
    const states = members.map((member) => [member, services?.[member]?.status] as const);
    const known = states.filter(
      (entry): entry is readonly [(typeof entry)[0], string] => entry[1] !== undefined,
    );
    const ailing = known
      .filter(([, status]) => status !== 'serving')
      .map(([member, status]) => `${member} ${status}`);
    const down = known.some(([, status]) => status !== 'serving' && status !== 'degraded');
    const state = known.length === 0 ? 'unknown' : down ? 'down' : ailing.length > 0 ? 'degraded' : 'up';
    return { name, means, state, ailing };
  });
}

/** The worst of them: what the one dot shows. */
export function worstState(duties: readonly DutyStatus[]): DutyState {
  const order: readonly DutyState[] = ['down', 'degraded', 'unknown', 'up'];
  return order.find((state) => duties.some((duty) => duty.state === state)) ?? 'unknown';
}
