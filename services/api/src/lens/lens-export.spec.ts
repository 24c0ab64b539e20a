import type { RowCursor } from '@portcullis/lens';
import { describe, expect, it } from 'vitest';
import type { Page } from '../audit-store/audit-store.js';
import { exportLines, type ExportFormat } from './lens-export.js';

const cursor = (n: number): RowCursor => ({ sort: '', time: n, id: '', ceiling: 0 });
const pageOf = (rows: Record<string, unknown>[], next: number | null): Page => ({
  columns: [
    { name: 'n', type: 'number' },
    { name: 'tool', type: 'string' },
  ],
  rows,
  next: next === null ? null : cursor(next),
  tookMs: 0,
  scannedRows: 0,
});

async function exported(format: ExportFormat, limit: number) {
  const asked: number[] = [];
  const lines: string[] = [];
  const source = {
    format,
    limit,
    first: pageOf(
      [
        { n: 0, tool: 'a' },
        { n: 1, tool: '=b' },
      ],
      1,
    ),
    page: (from: RowCursor, most: number) => {
      asked.push(most);
      return Promise.resolve(pageOf([{ n: from.time + 1, tool: 'c' }], from.time < 3 ? from.time + 1 : null));
    },
  };
  for await (const text of exportLines(source)) lines.push(text);
  return { text: lines.join(''), asked };
}

describe('exportLines', () => {
  it('reads on until the end', async () => {
    expect(await exported('csv', 100)).toEqual({
      text: "n,tool\r\n0,a\r\n1,'=b\r\n2,c\r\n3,c\r\n4,c\r\n",
      asked: [98, 97, 96],
    });
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
  ])('stops at %i rows', async (limit, rows) => {
    expect((await exported('ndjson', limit)).text.trim().split('\n')).toHaveLength(rows);
  });

  it('writes JSON that reads back the same and holds nothing that acts', async () => {
    const tool = 'x\u202egnp\u009b\u0000"\n';
    const lines: string[] = [];
    for await (const text of exportLines({
      format: 'ndjson',
      limit: 5,
      first: pageOf([{ n: 1, tool }], null),
      page: () => Promise.reject(new Error('no more')),
    }))
      lines.push(text);
    expect(lines[0]).toBe('{"n":1,"tool":"x\\u202egnp\\u009b\\u0000\\"\\n"}\n');
    expect(JSON.parse(lines[0] ?? '')).toEqual({ n: 1, tool });
  });
});
