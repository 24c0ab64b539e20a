import { answerOf, api, dataOf, type DataOf } from '../api/client.js';
import { problemOf, unreachable } from '../api/problem.js';
import type { AnswerColumn, Bucket } from './chart-data.js';
import type { ObservedValue } from './editor/lens-completion.js';
import type { AuditRow } from './row-summary.js';
import type { TimeChoice } from './time-range.js';

/** What was asked: a text and absolute times, so that every part of the page shows the same moment. */
export interface LensRun extends TimeChoice {
  readonly q: string;
}

export interface LensPage {
  readonly kind: 'rows' | 'table' | 'series';
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly AuditRow[];
  readonly cursor: string | null;
  readonly tookMs: number;
  readonly scannedRows: number;
  readonly everySeconds: number | undefined;
}

export interface Facet {
  readonly field: string;
  readonly values: readonly ObservedValue[];
  readonly others: { readonly count: number; readonly values: number };
}

export interface Histogram {
  readonly buckets: readonly Bucket[];
  readonly everySeconds: number;
}

export type SavedView = DataOf<'/api/v1/lens/views', 'get'>[number];
export type ExportFormat = 'ndjson' | 'csv';

const ROWS_A_PAGE = 250;

export async function fetchRows(run: LensRun, cursor: string | null, signal: AbortSignal): Promise<LensPage> {
  const { data, meta } = await answerOf(
    api.POST('/api/v1/lens/query', { body: { ...run, limit: ROWS_A_PAGE, cursor }, signal }),
  );
  return {
    ...data,
    cursor: typeof meta['cursor'] === 'string' ? meta['cursor'] : null,
    tookMs: Number(meta['tookMs'] ?? 0),
    scannedRows: Number(meta['scannedRows'] ?? 0),
    everySeconds: meta['everySeconds'] === undefined ? undefined : Number(meta['everySeconds']),
  };
}

export async function fetchHistogram(run: LensRun, signal: AbortSignal): Promise<Histogram> {
  const { data, meta } = await answerOf(api.POST('/api/v1/lens/histogram', { body: run, signal }));
  return { buckets: data, everySeconds: Number(meta['everySeconds'] ?? 60) };
}

export function fetchFacets(run: LensRun, fields: readonly string[], signal: AbortSignal): Promise<Facet[]> {
  return dataOf(api.POST('/api/v1/lens/facets', { body: { ...run, fields: [...fields] }, signal }));
}

export function fetchValues(
  asked: { field: string; prefix: string; q: string; from: string; to: string; limit: number },
  signal: AbortSignal,
): Promise<ObservedValue[]> {
  return dataOf(api.GET('/api/v1/lens/values', { params: { query: asked }, signal }));
}

export function fetchEvent(id: string, signal: AbortSignal): Promise<AuditRow> {
  return dataOf(api.GET('/api/v1/audit-events/{id}', { params: { path: { id } }, signal }));
}

export function fetchViews(): Promise<SavedView[]> {
  return dataOf(api.GET('/api/v1/lens/views', { params: { query: { limit: 200 } } }));
}

/** The file of an export. It is streamed to the browser, which keeps what is large on disk. */
export async function fetchExport(run: LensRun, format: ExportFormat): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch('/api/v1/lens/export', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...run, format }),
    });
    if (response.ok) return await response.blob();
  } catch (cause) {
    throw unreachable(cause);
  }
  throw problemOf(await response.json().catch(() => undefined), response.status);
}
