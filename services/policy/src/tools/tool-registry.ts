import type { Connection } from '../state/organization.js';
import { storedDefinition, toolFacts, toolName, type ToolFacts } from './tool-definition.js';
import type { KnownTool, SeenTool, ToolStore } from './tool-store.js';

export const TOOLS_PER_CONNECTION = 2_000;
/** Seeing a tool again is written at most this often. */
const SEEN_AGAIN_MS = 60_000;
const FLUSH_MS = 1_000;
const REFRESH_MS = 2_000;
const BATCH = 500;
const QUEUE_LIMIT = 10_000;
const QUEUE_BYTES = 32 * 1024 * 1024;
/** Lists waiting to be looked at closely. */
const LISTS_LIMIT = 32;
/** Definitions looked at before calls get their turn again. */
const SLICE = 50;

type Definition = Readonly<Record<string, unknown>>;

interface Entry {
  facts: ToolFacts;
  digest: string | null;
  firstSeenAt: number;
  lastSeenAt: number;
  /** `lastSeenAt` as last queued for the store. */
  writtenAt: number;
}

interface SeenList {
  readonly tenantId: string;
  readonly connectionId: string;
  readonly items: readonly Definition[];
  readonly at: number;
  next: number;
}

export interface ToolRegistryOptions {
  readonly store: ToolStore;
  readonly onError?: (error: unknown) => void;
}

/**
 * Tools that lists showed, by connection. Decisions read the facts from memory; the definitions themselves go to the
 * store behind the answer and are not kept here. What the store cannot take in time is dropped and counted: the next
 * list brings it again.
 */
export class ToolRegistry {
  readonly #connections = new Map<string, Map<string, Entry>>();
  readonly #queue = new Map<string, SeenTool>();
  #queueBytes = 0;
  #removals: { connectionId: string; name: string }[] = [];
  readonly #lists: SeenList[] = [];
  #revision = 0;
  #timers: NodeJS.Timeout[] = [];
  #flushing: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  dropped = 0;

  constructor(private readonly options: ToolRegistryOptions) {}

  get queued(): number {
    return this.#queue.size;
  }

  /** Loads what is known, then writes and reads behind the calls. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timers = [
      setInterval(() => void this.#guarded(() => this.flush()), FLUSH_MS),
      setInterval(() => void this.#guarded(() => this.refresh()), REFRESH_MS),
    ];
  }

  /** Writes what is still queued, once. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    while (this.#lists.length > 0) this.#examineSlice();
    await this.#guarded(() => this.flush());
  }

  /** Undefined for a tool no list has shown: conditions then see MCP's defaults. */
  facts(connectionId: string, name: string): ToolFacts | undefined {
    return this.#connections.get(connectionId)?.get(name)?.facts;
  }

  /** A list passed the gateway. Facts are in force when this returns; the rest is done later, in slices. */
  seen(connection: Connection, items: readonly Definition[], now: number): void {
    const known = this.#known(connection.id);
    const shown = new Map<string, Definition>();
    for (const item of items) {
      const name = toolName(item);
      if (name !== null && shown.size < TOOLS_PER_CONNECTION) shown.set(name, item);
    }
    for (const [name, item] of shown) {
      const entry = known.get(name);
      if (entry) {
        entry.facts = toolFacts(item);
        entry.lastSeenAt = now;
      } else {
        known.set(name, {
          facts: toolFacts(item),
          digest: null,
          firstSeenAt: now,
          lastSeenAt: now,
          writtenAt: 0,
        });
      }
    }
    if (known.size > TOOLS_PER_CONNECTION) this.#shrink(connection.id, known, shown);
    if (this.#lists.length >= LISTS_LIMIT) {
      this.dropped += items.length;
      return;
    }
    this.#lists.push({
      tenantId: connection.organization.id,
      connectionId: connection.id,
      items: [...shown.values()],
      at: now,
      next: 0,
    });
    if (this.#lists.length === 1) setImmediate(() => this.#examine());
  }

  forget(connectionId: string): void {
    this.#connections.delete(connectionId);
  }

  /** Writes what is queued, in batches. What fails stays queued. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => (this.#flushing = undefined));
    await this.#flushing;
  }

  /** Takes in what other replicas have seen since. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshAll().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  #known(connectionId: string): Map<string, Entry> {
    let known = this.#connections.get(connectionId);
    if (!known) this.#connections.set(connectionId, (known = new Map()));
    return known;
  }

  /** Drops the names not seen for longest that the list at hand does not show. */
  #shrink(connectionId: string, known: Map<string, Entry>, shown: ReadonlyMap<string, unknown>): void {
    const oldestFirst = [...known]
      .filter(([name]) => !shown.has(name))
      .sort(([, a], [, b]) => a.lastSeenAt - b.lastSeenAt);
    for (const [name] of oldestFirst.slice(0, known.size - TOOLS_PER_CONNECTION)) {
      known.delete(name);
      this.#dequeue(`${connectionId}|${name}`);
      if (this.#removals.length < QUEUE_LIMIT) this.#removals.push({ connectionId, name });
    }
  }

  #examine(): void {
    this.#examineSlice();
    if (this.#lists.length > 0) setImmediate(() => this.#examine());
  }

  #examineSlice(): void {
    const list = this.#lists[0];
    if (!list) return;
    const known = this.#connections.get(list.connectionId);
    const end = known ? Math.min(list.next + SLICE, list.items.length) : list.items.length;
    for (; known && list.next < end; list.next += 1)
      this.#examineOne(list, known, list.items[list.next] as Definition);
    if (end >= list.items.length) this.#lists.shift();
  }

  #examineOne(list: SeenList, known: Map<string, Entry>, item: Definition): void {
    const name = toolName(item);
    const entry = name === null ? undefined : known.get(name);
    if (name === null || !entry) return;
    const { definition, digest } = storedDefinition(item);
    const changed = digest !== entry.digest;
    if (!changed && list.at - entry.writtenAt < SEEN_AGAIN_MS) return;
    entry.digest = digest;
    entry.writtenAt = list.at;
    const queued = this.#queue.get(`${list.connectionId}|${name}`);
    this.#enqueue(`${list.connectionId}|${name}`, {
      tenantId: list.tenantId,
      connectionId: list.connectionId,
      name,
      definition: changed ? definition : (queued?.definition ?? null),
      digest,
      title: entry.facts.title,
      annotations: entry.facts.annotations,
      firstSeenAt: entry.firstSeenAt,
      lastSeenAt: list.at,
    });
  }

  #enqueue(key: string, tool: SeenTool): void {
    this.#dequeue(key);
    this.#queue.set(key, tool);
    this.#queueBytes += bytesOf(tool);
    while (this.#queue.size > QUEUE_LIMIT || this.#queueBytes > QUEUE_BYTES) {
      const [oldest, dropped] = this.#queue.entries().next().value as [string, SeenTool];
      this.#dequeue(oldest);
      this.dropped += 1;
      // As if never examined: the next list brings it again.
      const entry = this.#connections.get(dropped.connectionId)?.get(dropped.name);
      if (entry) entry.digest = null;
    }
  }

  #dequeue(key: string): void {
    const tool = this.#queue.get(key);
    if (!tool) return;
    this.#queue.delete(key);
    this.#queueBytes -= bytesOf(tool);
  }

  async #flushAll(): Promise<void> {
    while (this.#queue.size > 0) {
      const batch = [...this.#queue].slice(0, BATCH);
      await this.options.store.upsert(batch.map(([, tool]) => tool));
      // Only what was written: a newer sighting may have taken its place meanwhile.
      for (const [key, tool] of batch) if (this.#queue.get(key) === tool) this.#dequeue(key);
    }
    if (this.#removals.length === 0) return;
    const removals = this.#removals;
    this.#removals = [];
    await this.options.store.remove(removals);
  }

  async #refreshAll(): Promise<void> {
    for (;;) {
      const tools = await this.options.store.changedAfter(this.#revision, BATCH);
      for (const tool of tools) this.#take(tool);
      if (tools.length < BATCH) return;
    }
  }

  #take(tool: KnownTool): void {
    this.#revision = Math.max(this.#revision, tool.revision);
    const known = this.#known(tool.connectionId);
    const entry = known.get(tool.name);
    if (entry) {
      entry.firstSeenAt = Math.min(entry.firstSeenAt, tool.firstSeenAt);
      // What is queued here is newer than what is stored.
      if (entry.digest === tool.digest || this.#queue.has(`${tool.connectionId}|${tool.name}`)) return;
      if (entry.lastSeenAt > tool.lastSeenAt) return;
      entry.facts = { title: tool.title, annotations: tool.annotations };
      entry.digest = tool.digest;
      entry.lastSeenAt = tool.lastSeenAt;
    } else if (known.size < TOOLS_PER_CONNECTION) {
      const { title, annotations, digest, firstSeenAt, lastSeenAt } = tool;
      known.set(tool.name, {
        facts: { title, annotations },
        digest,
        firstSeenAt,
        lastSeenAt,
        writtenAt: lastSeenAt,
      });
    }
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.options.onError?.(error);
    }
  }
}

function bytesOf(tool: SeenTool): number {
  return 512 + (tool.definition?.length ?? 0);
}
