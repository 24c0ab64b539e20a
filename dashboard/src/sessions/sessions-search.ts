const STATUSES = ['active', 'suspended', 'completed', 'all'] as const;

/** The state of the page, all of it in the address. */
export interface SessionsSearch {
  readonly status: (typeof STATUSES)[number];
  /** The session that is open. */
  readonly session?: string;
}

export function sessionsSearch(raw: Readonly<Record<string, unknown>>): SessionsSearch {
  const { session } = raw;
  return {
    status: STATUSES.find((one) => one === raw['status']) ?? 'active',
    ...(typeof session === 'string' && session !== '' ? { session: session.slice(0, 128) } : {}),
  };
}

/** `2 h 5 min`, `48 s`: how long a session lasted. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
