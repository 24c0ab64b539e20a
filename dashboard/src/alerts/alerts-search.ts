const STATES = ['firing', 'waiting', 'resolved'] as const;
const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'];

/** The state of the page, all of it in the address. */
export interface AlertsSearch {
  /** `waiting`: firing, and nobody has taken it. */
  readonly state: (typeof STATES)[number];
  /** Severities with commas between; absent for all. */
  readonly severity?: string;
  readonly kind?: string;
  /** Slug of a connection. */
  readonly connection?: string;
  /** The alert that is open. */
  readonly alert?: string;
}

/** Reads an address, which anyone may have written: what makes no sense falls back to what is usual. */
export function alertsSearch(raw: Readonly<Record<string, unknown>>): AlertsSearch {
  const text = (name: string) =>
    typeof raw[name] === 'string' && raw[name] !== '' ? raw[name].slice(0, 256) : undefined;
  const state = STATES.find((one) => one === raw['state']) ?? 'firing';
  const severities = text('severity')
    ?.split(',')
    .filter((one) => SEVERITIES.includes(one));
  const [kind, connection, alert] = [text('kind'), text('connection'), text('alert')];
  return {
    state,
    ...(severities === undefined || severities.length === 0 ? {} : { severity: severities.join(',') }),
    ...(kind === undefined ? {} : { kind }),
    ...(connection === undefined ? {} : { connection }),
    ...(alert === undefined ? {} : { alert }),
  };
}
