/** One call of a trace, as the API answers it. Times in milliseconds. */
export interface Span {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly method: string;
  readonly tool: string;
  readonly resource: string;
  readonly prompt: string;
  readonly connection: string;
  readonly decision: string;
  readonly outcome: string;
  readonly rule: string;
  readonly agent: string;
  readonly user: string;
  readonly latency_ms: number;
  readonly upstream_ms: number;
  readonly policy_ms: number;
}

export interface WaterfallLine {
  readonly span: Span;
  /** Milliseconds since the trace began. */
  readonly startMs: number;
  readonly tookMs: number;
  /** Time before it in which no call ran, when that is worth seeing. */
  readonly gapMs: number;
}

export interface Waterfall {
  readonly lines: readonly WaterfallLine[];
  readonly startedAt: number;
  readonly totalMs: number;
  /** Time in which at least one call ran. */
  readonly busyMs: number;
  /** Connections in the order of their first call. */
  readonly connections: readonly string[];
}

/** A gap shorter than this part of the whole is no more than the width of a line. */
const GAP_SHARE = 0.02;

/** The lines of a trace on one axis of time: when each call began, how long it took, and where nothing ran. */
export function waterfall(spans: readonly Span[]): Waterfall {
  const timed = spans
    .map((span) => {
      // A row's time is its decision's: the call arrived that much before.
      const arrived = Date.parse(span.time) - span.policy_ms;
      return { span, arrived, tookMs: Math.max(0, span.latency_ms) };
    })
    .filter(({ arrived }) => Number.isFinite(arrived))
    .sort((a, b) => a.arrived - b.arrived || a.span.id.localeCompare(b.span.id));
  const [first] = timed;
  if (first === undefined) return { lines: [], startedAt: 0, totalMs: 0, busyMs: 0, connections: [] };
  const startedAt = first.arrived;
  let endedAt = startedAt;
  for (const { arrived, tookMs } of timed) endedAt = Math.max(endedAt, arrived + tookMs);
  const totalMs = endedAt - startedAt;
  let runningUntil = startedAt;
  let idleMs = 0;
  const lines = timed.map(({ span, arrived, tookMs }): WaterfallLine => {
    const idle = Math.max(0, arrived - runningUntil);
    idleMs += idle;
    runningUntil = Math.max(runningUntil, arrived + tookMs);
    return { span, startMs: arrived - startedAt, tookMs, gapMs: idle > totalMs * GAP_SHARE ? idle : 0 };
  });
  return {
    lines,
    startedAt,
    totalMs,
    busyMs: totalMs - idleMs,
    connections: [...new Set(timed.map(({ span }) => span.connection))],
  };
}

/** Round times to write along an axis of this length, at most `most` of them. */
export function axisTicks(totalMs: number, most = 6): readonly number[] {
  if (totalMs <= 0) return [0];
  const power = 10 ** Math.floor(Math.log10(totalMs / most));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => totalMs / candidate <= most) ??
    power * 10;
  return Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, index) => index * step);
}
