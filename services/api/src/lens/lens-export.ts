import type { RowCursor } from '@portcullis/lens';
import type { Page } from '../audit-store/audit-store.js';
import { csvLine, visible } from './csv.js';

export type ExportFormat = 'ndjson' | 'csv';

/** Rows an export reads at a time. */
export const EXPORT_PAGE = 5_000;

export interface ExportSource {
  readonly format: ExportFormat;
  /** Most rows in all. */
  readonly limit: number;
  /** The first page, read before the answer began. */
  readonly first: Page;
  readonly page: (cursor: RowCursor, limit: number) => Promise<Page>;
}

/** The lines of an export, read page by page only as fast as they are taken. */
export async function* exportLines({ format, limit, first, page }: ExportSource): AsyncGenerator<string> {
  const columns = first.columns.map((column) => column.name);
  if (format === 'csv') yield csvLine(columns);
  let sent = 0;
  for (let current = first; ;) {
    const rows = current.rows.slice(0, limit - sent);
    if (rows.length > 0)
      yield rows
        .map((row) => (format === 'csv' ? csvLine(columns.map((name) => row[name])) : ndjsonLine(row)))
        .join('');
    sent += rows.length;
    if (current.next === null || sent >= limit) return;
    current = await page(current.next, limit - sent);
  }
}

/** JSON may hold any character as an escape: read back, the line is the same, and shown raw it is inert. */
function ndjsonLine(row: Record<string, unknown>): string {
  return `${visible(JSON.stringify(row))}\n`;
}
