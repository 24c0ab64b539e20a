import { answerOf, api } from '../api/client.js';
import type { Span } from './waterfall.js';

export interface TracePage {
  readonly spans: readonly Span[];
  readonly cursor: string | null;
  /** Events of the trace in all. */
  readonly events: number;
}

const SPANS_A_PAGE = 2_000;

export async function fetchTrace(
  traceId: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<TracePage> {
  const query = { limit: SPANS_A_PAGE, ...(cursor === null ? {} : { cursor }) };
  const { data, meta } = await answerOf(
    api.GET('/api/v1/traces/{traceId}', { params: { path: { traceId }, query }, signal }),
  );
  return {
    spans: data.spans,
    cursor: typeof meta['cursor'] === 'string' ? meta['cursor'] : null,
    events: Number(meta['events'] ?? data.spans.length),
  };
}
