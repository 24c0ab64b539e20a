import type { CallOptions } from './options.js';
import type { Transport } from './transport.js';

/** RFC 3339, or relative such as `now-24h`. */
export interface LensRange {
  readonly from: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface LensResult {
  readonly kind: 'rows' | 'table' | 'series';
  readonly columns: readonly { readonly name: string; readonly type: string; readonly unit?: string }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly cursor: string | null;
  readonly tookMs: number;
  readonly scannedRows: number;
}

export class IgrisLens {
  constructor(
    private readonly transport: Transport,
    private readonly apiUrl: () => Promise<string>,
  ) {}

  /** `igris.lens.query('decision:deny | stats count() by tool', { from: 'now-7d' })`. */
  async query(text: string, range: LensRange, options: CallOptions = {}): Promise<LensResult> {
    const { data, meta } = await this.transport.rest(
      'POST',
      `${await this.apiUrl()}/api/v1/lens/query`,
      { q: text, ...range },
      options,
    );
    return {
      ...(data as Pick<LensResult, 'kind' | 'columns' | 'rows'>),
      ...(meta as Pick<LensResult, 'cursor' | 'tookMs' | 'scannedRows'>),
    };
  }
}
