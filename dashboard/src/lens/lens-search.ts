/** The state of the Lens page, all of it in the address: a link shows the same to whoever opens it. */
export interface LensSearch {
  /** Lens text. */
  readonly q: string;
  /** RFC 3339, or relative to now such as `now-24h`. */
  readonly from: string;
  readonly to: string;
  /** Chosen columns, separated by commas; absent for the usual ones. */
  readonly cols?: string;
  /** Id of the saved view that was opened. */
  readonly view?: string;
  /** Id of the row whose drawer is open. */
  readonly row?: string;
}

export const USUAL_RANGE = { from: 'now-24h', to: 'now' } as const;

const TIME = /^(now(-\d{1,6}[smhdw])?|\d{4}-\d{2}-\d{2}([T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?)$/;

/** Reads an address, which anyone may have written: what makes no sense falls back to what is usual. */
export function lensSearch(raw: Readonly<Record<string, unknown>>): LensSearch {
  const text = (name: string, most: number) => {
    const value = raw[name];
    const string = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    return typeof string === 'string' && string !== '' ? string.slice(0, most) : undefined;
  };
  const time = (name: string) => {
    const value = text(name, 40);
    return value !== undefined && TIME.test(value) ? value : undefined;
  };
  const from = time('from');
  const [cols, view, row] = [text('cols', 2000), text('view', 64), text('row', 64)];
  return {
    q: text('q', 4096) ?? '',
    from: from ?? USUAL_RANGE.from,
    to: (from === undefined ? undefined : time('to')) ?? USUAL_RANGE.to,
    ...(cols === undefined ? {} : { cols }),
    ...(view === undefined ? {} : { view }),
    ...(row === undefined ? {} : { row }),
  };
}
