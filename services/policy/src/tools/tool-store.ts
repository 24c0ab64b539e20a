/** A tool as an upstream's list showed it, for `policy.tools`. */
export interface SeenTool {
  readonly tenantId: string;
  readonly connectionId: string;
  readonly name: string;
  /** JSON text of the definition, as sent. Null: unchanged, only seen again. */
  readonly definition: string | null;
  /** SHA-256, hex, of the definition. */
  readonly digest: string;
  readonly title: string | null;
  readonly annotations: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

export interface KnownTool {
  readonly tenantId: string;
  readonly connectionId: string;
  readonly name: string;
  readonly digest: string;
  readonly title: string | null;
  readonly annotations: Readonly<Record<string, unknown>>;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Grows with each change of a definition: where the next `changedAfter` goes on. */
  readonly revision: number;
}

/** Keeps tool definitions; never on the path of a call. */
export interface ToolStore {
  /** Inserts or refreshes in one round trip. `firstSeenAt` keeps the earliest, `lastSeenAt` the latest. */
  upsert(tools: readonly SeenTool[]): Promise<void>;
  /** Definitions new or changed after a revision, by any replica; in order of revision. */
  changedAfter(revision: number, limit: number): Promise<readonly KnownTool[]>;
  /** Removes what was pushed out by newer names. */
  remove(tools: readonly { readonly connectionId: string; readonly name: string }[]): Promise<void>;
}
