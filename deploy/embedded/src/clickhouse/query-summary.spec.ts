import { describe, expect, it } from 'vitest';

import { splitProgress, statisticsOf } from './query-summary.js';

describe('statisticsOf', () => {
  it('reads the end of a JSON answer, and only its end', () => {
    const end =
      '"rows": 1,\n"statistics":\n{\n"elapsed": 0.1,\n"rows_read": 1000,\n"bytes_read": 8000\n}\n}\n';
    const data = '{"data":[{"x":"\\"rows_read\\": 5, \\"bytes_read\\": 6}}"}],';
    expect(statisticsOf(Buffer.from(data + end))).toEqual({ read_rows: '1000', read_bytes: '8000' });
    expect(statisticsOf(Buffer.from('1\t2\n'))).toEqual({});
    expect(statisticsOf(Buffer.alloc(0))).toEqual({});
  });
});

describe('splitProgress', () => {
  it('keeps the rows as they are and the last progress', () => {
    const answer = [
      '{"meta":[{"name":"x","type":"String"}]}',
      '{"progress":{"read_rows":"10","read_bytes":"80"}}',
      '{"row":{"x":"{\\"progress\\":1} é"}}',
      '{"row":{"x":""}}',
      '{"progress":{"read_rows":"20","read_bytes":"160"}}',
    ].join('\n');
    for (const end of ['', '\n']) {
      const { rows, read } = splitProgress(Buffer.from(answer + end));
      expect(rows.toString()).toBe('{"x":"{\\"progress\\":1} é"}\n{"x":""}\n');
      expect(read).toEqual({ read_rows: '20', read_bytes: '160' });
    }
  });

  it('has no rows when there are none', () => {
    expect(splitProgress(Buffer.from('{"meta":[]}\n'))).toEqual({ rows: Buffer.alloc(0), read: {} });
  });
});
