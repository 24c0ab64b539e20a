import { createHash } from 'node:crypto';

export interface JoinedInsertsOptions {
  /** How long the first rows wait for those of other log partitions. */
  readonly lingerMs: number;
  /** Rows and bytes of one insert at most; what a single caller gives is never cut. */
  readonly maxRows: number;
  readonly maxBytes: number;
}

export interface InsertPart<Row> {
  readonly rows: readonly Row[];
  /** Names the rows and where they came from. */
  readonly token: string;
  /** Parts of different groups never share an insert: their rows go to different partitions of the table. */
  readonly group: string;
  /** About how large the rows are. */
  readonly bytes: number;
  /** More is waiting behind these rows: store them at once. */
  readonly urgent: boolean;
}

interface Waiting<Row> extends InsertPart<Row> {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins what the partitions of the log bring at about the same time into one insert: every insert makes a part of the
 * table, and parts are what the engine's work goes into. One insert runs at a time; what comes meanwhile waits and goes
 * together. All callers of a failed insert get its error, whoever's rows were at fault.
 */
export class JoinedInserts<Row> {
  private waiting: Waiting<Row>[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running = false;

  constructor(
    private readonly insert: (rows: readonly Row[], token: string) => Promise<void>,
    private readonly options: JoinedInsertsOptions,
  ) {}

  /** Resolves when the rows are stored. */
  add(part: InsertPart<Row>): Promise<void> {
    if (part.rows.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...part, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.running || this.waiting.length === 0) return;
    if (this.isDue()) {
      void this.flush();
      return;
    }
    this.timer ??= setTimeout(() => void this.flush(), this.options.lingerMs);
  }

  private isDue(): boolean {
    if (this.options.lingerMs === 0 || this.waiting.some(({ urgent }) => urgent)) return true;
    const rows = this.waiting.reduce((sum, part) => sum + part.rows.length, 0);
    const bytes = this.waiting.reduce((sum, part) => sum + part.bytes, 0);
    return rows >= this.options.maxRows || bytes >= this.options.maxBytes;
  }

  private async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.running) return;
    this.running = true;
    // Everything that waits now has waited long enough; what comes during these inserts lingers anew.
    let batch = this.waiting;
    this.waiting = [];
    while (batch.length > 0) {
      const { taken, left } = this.take(batch);
      batch = left;
      try {
        await this.insert(
          taken.flatMap(({ rows }) => rows),
          tokenOf(taken),
        );
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    this.running = false;
    this.schedule();
  }

  /** The first part's group, as much of it as one insert may hold. */
  private take(batch: readonly Waiting<Row>[]): { taken: Waiting<Row>[]; left: Waiting<Row>[] } {
    const taken: Waiting<Row>[] = [];
    const left: Waiting<Row>[] = [];
    let rows = 0;
    let bytes = 0;
    for (const part of batch) {
      const fits =
        rows + part.rows.length <= this.options.maxRows && bytes + part.bytes <= this.options.maxBytes;
      if (part.group !== batch[0]?.group || (taken.length > 0 && !fits)) {
        left.push(part);
        continue;
      }
      taken.push(part);
      rows += part.rows.length;
      bytes += part.bytes;
    }
    return { taken, left };
  }
}

function tokenOf(parts: readonly InsertPart<unknown>[]): string {
  const [only] = parts;
  if (parts.length === 1 && only) return only.token;
  const tokens = parts.map(({ token }) => token).sort();
  return `joined/${createHash('sha256').update(tokens.join('\n')).digest('hex')}`;
}
