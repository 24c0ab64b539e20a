/** Bounds of the request path (contract section 1), from the configuration. */
export interface McpLimits {
  readonly bodyBytes: number;
  readonly depth: number;
  readonly answerBytes: number;
  /** Requests under way, in all and for one session. */
  readonly calls: number;
  readonly callsPerSession: number;
  /** GET streams of one session. */
  readonly streamsPerSession: number;
  readonly sessions: number;
  readonly sessionsPerKey: number;
  readonly sessionIdleMs: number;
  readonly idleUpstreamSessions: number;
  readonly idleUpstreamSessionsPerCaller: number;
  readonly upstreamSessionIdleMs: number;
}

export const DEFAULT_LIMITS: McpLimits = {
  bodyBytes: 4 * 1024 * 1024,
  depth: 64,
  answerBytes: 16 * 1024 * 1024,
  calls: 4_096,
  callsPerSession: 256,
  streamsPerSession: 16,
  sessions: 10_000,
  sessionsPerKey: 2_000,
  sessionIdleMs: 30 * 60_000,
  idleUpstreamSessions: 1_000,
  idleUpstreamSessionsPerCaller: 64,
  upstreamSessionIdleMs: 2 * 60_000,
};
