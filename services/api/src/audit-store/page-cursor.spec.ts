import { describe, expect, it } from 'vitest';
import { PageCursors } from './page-cursor.js';

const cursor = {
  sort: '',
  time: 1_780_000_000_000,
  id: '00000000-0000-7000-8000-000000000001',
  ceiling: 1_780_000_000_001,
};

describe('PageCursors', () => {
  const cursors = new PageCursors('a secret of thirty-two characters');

  it('opens what it signed', () => {
    expect(cursors.open(cursors.sign(cursor, 'q'), 'q')).toEqual(cursor);
  });

  it('refuses another query, another key, and anything made up', () => {
    const signed = cursors.sign(cursor, 'q');
    const [content = '', mac = ''] = signed.split('.');
    const forged = `${Buffer.from(Buffer.from(content, 'base64url').toString().replace('1780', '1781')).toString('base64url')}.${mac}`;
    for (const text of ['', '.', 'x.y', content, `${content}.`, forged])
      expect(() => cursors.open(text, 'q')).toThrow('request.bad_cursor');
    expect(() => cursors.open(signed, 'another')).toThrow('request.bad_cursor');
    expect(() => new PageCursors('another secret of enough characters').open(signed, 'q')).toThrow(
      'request.bad_cursor',
    );
  });
});
