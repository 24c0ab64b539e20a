import { describe, expect, it } from 'vitest';
import { chosenColumns, rowsQuery, USUAL_COLUMNS, WHAT, whatOf } from './rows-query.js';

describe('rowsQuery', () => {
  it.each([
    ['', ['time', 'tool'], '| fields id, time, tool', ['time', 'tool']],
    [
      'decision:deny | sort latency_ms desc',
      ['time', WHAT],
      'decision:deny | sort latency_ms desc | fields id, time, type, tool, resource, prompt, method, attrs.title, attrs.severity',
      ['time', WHAT],
    ],
    [
      'tool:x | fields time, args."a b" | limit 5',
      ['user'],
      'tool:x | limit 5 | fields id, time, args."a b"',
      ['time', 'args."a b"'],
    ],
    ['| stats count() by tool', ['time'], '| stats count() by tool', []],
    ['tool:(', ['time'], 'tool:(', []],
  ])('%j with %j', (text, columns, expected, shown) => {
    expect(rowsQuery(text, columns)).toEqual({ text: expected, columns: shown });
  });
});

describe('chosenColumns', () => {
  it.each([
    [undefined, USUAL_COLUMNS],
    ['', USUAL_COLUMNS],
    ['nothing,<b>', USUAL_COLUMNS],
    ['tool, time,tool,args.x,metadata."a b",what', ['tool', 'time', 'args.x', 'metadata."a b"', 'what']],
  ])('%j', (cols, expected) => {
    expect(chosenColumns(cols)).toEqual(expected);
  });
});

describe('whatOf', () => {
  it.each([
    [{ type: 'tool_call', tool: 'x' }, 'x'],
    [{ type: 'anomaly', 'attrs.title': 'Spike', tool: 'x' }, 'Spike'],
    [{ type: 'anomaly', attrs: { title: 'Spike' } }, 'Spike'],
    [{ type: 'policy_published' }, 'policy published'],
    [{ type: 'list', method: 'tools/list' }, 'tools/list'],
    [{}, ''],
  ])('%j', (row, expected) => {
    expect(whatOf(row)).toBe(expected);
  });
});
