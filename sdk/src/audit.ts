import type { CallOptions } from './options.js';
import type { Transport } from './transport.js';

/** Filters of the audit history: exact matches that must all hold. Times: RFC 3339, or relative such as `now-1h`. */
export interface AuditFilter {
  readonly traceId?: string;
  readonly connection?: string;
  readonly tool?: string;
  readonly decision?: 'allow' | 'deny' | 'alert' | 'hold' | 'redact';
  readonly user?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export type AuditEvent = Readonly<Record<string, unknown>>;

export class IgrisAudit {
  constructor(
    private readonly transport: Transport,
    private readonly apiUrl: () => Promise<string>,
  ) {}

  /** One page, newest first. Pass `cursor` on for the next. */
  async list(
    filter: AuditFilter = {},
    options: CallOptions = {},
  ): Promise<{ events: AuditEvent[]; cursor: string | null }> {
    const query = new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]));
    const { data, meta } = await this.transport.rest(
      'GET',
      `${await this.apiUrl()}/api/v1/audit-events?${query}`,
      undefined,
      options,
    );
    return { events: data as AuditEvent[], cursor: (meta['cursor'] as string | null | undefined) ?? null };
  }
}
