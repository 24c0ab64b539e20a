import type { SystemActivity, SystemService, SystemView } from '@portcullis/contracts';

/** Records a consumer may have before it and still be on time: about what a busy second brings. */
const LATE_RECORDS = 5_000;

type Activity = SystemView['activities'][SystemActivity];
type Facts = Pick<SystemView, 'services' | 'consumers' | 'spools'>;

/** What the status dot tells apart: whether calls are served, recorded, watched, and people told. */
export function activities(facts: Facts): SystemView['activities'] {
  return {
    serving: worst([running(facts, 'gateway'), running(facts, 'policy'), refusing(facts)]),
    auditing: worst([running(facts, 'audit'), onTime(facts, 'audit'), sending(facts)]),
    analysing: worst([running(facts, 'anomaly'), onTime(facts, 'anomaly')]),
    notifying: worst([running(facts, 'notification'), onTime(facts, 'notification')]),
  };
}

function running({ services }: Facts, name: string): Activity {
  const service = services.find((each) => each.service === name);
  if (service === undefined) return { state: 'unknown', reason: `There is no ${name} service here.` };
  if (service.status === 'unreachable')
    return { state: 'unknown', reason: `The ${name} service does not answer.` };
  if (service.status === 'serving') return OK;
  const reason = `${name}: ${failedChecks(service) || service.status}`;
  return { state: service.status === 'degraded' ? 'behind' : 'down', reason };
}

function onTime({ consumers }: Facts, service: string): Activity {
  const own = consumers.filter((each) => each.service === service);
  const unknown = own.find(({ lag }) => lag === null);
  if (unknown !== undefined) return { state: 'unknown', reason: unknown.reason };
  const lag = own.reduce((sum, each) => sum + (each.lag ?? 0), 0);
  return lag < LATE_RECORDS ? OK : { state: 'behind', reason: `${service}: ${lag} records behind.` };
}

function sending({ spools }: Facts): Activity {
  const stuck = spools.find((spool) => spool.sending === false);
  return stuck === undefined
    ? OK
    : {
        state: 'behind',
        reason: `${stuck.gateway}: the log does not take its records; they wait in the spool.`,
      };
}

function refusing({ spools }: Facts): Activity {
  const full = spools.find((spool) => spool.refusing === true);
  return full === undefined
    ? OK
    : { state: 'down', reason: `${full.gateway}: the spool takes no records, and calls are refused.` };
}

const OK: Activity = { state: 'ok', reason: null };
const ORDER = ['down', 'unknown', 'behind', 'ok'] as const;

function worst(all: readonly Activity[]): Activity {
  return (
    ORDER.map((state) => all.find((each) => each.state === state)).find((found) => found !== undefined) ?? OK
  );
}

function failedChecks({ checks }: SystemService): string {
  return checks
    .filter(({ ok }) => !ok)
    .map(({ name, detail }) => (detail === undefined ? name : `${name} (${detail})`))
    .join(', ');
}
