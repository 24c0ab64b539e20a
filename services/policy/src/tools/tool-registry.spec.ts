import { describe, expect, it } from 'vitest';
import { PolicyHistory } from '../../test/policy-history.js';
import { PolicyState } from '../state/policy-state.js';
import { DEFINITION_LIMIT, storedDefinition, toolFacts } from './tool-definition.js';
import { TOOLS_PER_CONNECTION, ToolRegistry } from './tool-registry.js';
import type { KnownTool, SeenTool, ToolStore } from './tool-store.js';

class InMemoryToolStore implements ToolStore {
  readonly tools = new Map<string, KnownTool & { definition: string | null }>();
  readonly batches: (readonly SeenTool[])[] = [];
  failing = false;
  #revision = 0;

  upsert(tools: readonly SeenTool[]): Promise<void> {
    if (this.failing) return Promise.reject(new Error('no database'));
    this.batches.push(tools);
    for (const tool of tools) {
      const known = this.tools.get(tool.name);
      this.tools.set(tool.name, {
        ...tool,
        definition: tool.definition ?? known?.definition ?? null,
        revision: (this.#revision += 1),
      });
    }
    return Promise.resolve();
  }
  changedAfter(revision: number, limit: number): Promise<readonly KnownTool[]> {
    return Promise.resolve(
      [...this.tools.values()].filter((tool) => tool.revision > revision).slice(0, limit),
    );
  }
  remove(tools: readonly { name: string }[]): Promise<void> {
    for (const { name } of tools) this.tools.delete(name);
    return Promise.resolve();
  }
}

function rig(store = new InMemoryToolStore()) {
  const errors: unknown[] = [];
  const registry = new ToolRegistry({ store, onError: (error) => errors.push(error) });
  const state = new PolicyState();
  for (const event of new PolicyHistory().organization().connection('main').events) state.apply(event);
  const connection = state.connection('org-1', 'con-main');
  /** Once what a list showed was looked at closely. */
  const settled = async () => {
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await registry.flush();
  };
  return { store, registry, connection, settled, errors };
}

const named = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ name: `tool-${from + index}` }));

describe('tool registry', () => {
  it('keeps definitions with first and last seen', async () => {
    const { store, registry, connection, settled } = rig();
    registry.seen(connection, [{ name: 'read', title: 'Read', inputSchema: { type: 'object' } }], 1_000);
    await settled();
    registry.seen(connection, [{ name: 'read', title: 'Read', inputSchema: { type: 'object' } }], 100_000);
    await settled();
    expect(store.tools.get('read')).toMatchObject({
      tenantId: 'org-1',
      connectionId: 'con-main',
      title: 'Read',
      firstSeenAt: 1_000,
      lastSeenAt: 100_000,
      definition: '{"name":"read","title":"Read","inputSchema":{"type":"object"}}',
    });
    // Seen again within a minute is not worth a write.
    registry.seen(connection, [{ name: 'read', title: 'Read', inputSchema: { type: 'object' } }], 130_000);
    await settled();
    expect(store.batches).toHaveLength(2);
  });

  it('writes a definition again when it changed', async () => {
    const { store, registry, connection, settled } = rig();
    registry.seen(connection, [{ name: 'read', description: 'a' }], 1_000);
    await settled();
    registry.seen(connection, [{ name: 'read', description: 'b' }], 1_001);
    await settled();
    expect(store.tools.get('read')).toMatchObject({
      definition: '{"name":"read","description":"b"}',
      firstSeenAt: 1_000,
      lastSeenAt: 1_001,
    });
  });

  it('has facts in force at once, whatever the store does', async () => {
    const { store, registry, connection, settled, errors } = rig();
    store.failing = true;
    registry.seen(connection, [{ name: 'read', annotations: { readOnlyHint: true } }], 1_000);
    expect(registry.facts('con-main', 'read')).toEqual({ title: null, annotations: { readOnlyHint: true } });
    await expect(settled()).rejects.toThrow('no database');
    expect(registry.queued).toBe(1);
    store.failing = false;
    await registry.flush();
    expect([registry.queued, store.tools.size, errors]).toEqual([0, 1, []]);
  });

  it('learns what other replicas saw, and not what it knows better', async () => {
    const store = new InMemoryToolStore();
    const [one, two] = [rig(store), rig(store)];
    one.registry.seen(one.connection, [{ name: 'read', annotations: { readOnlyHint: true } }], 1_000);
    await one.settled();
    await two.registry.refresh();
    expect(two.registry.facts('con-main', 'read')?.annotations).toEqual({ readOnlyHint: true });
    two.registry.seen(two.connection, [{ name: 'read', annotations: { readOnlyHint: false } }], 2_000);
    await one.registry.refresh();
    await two.registry.refresh();
    expect(two.registry.facts('con-main', 'read')?.annotations).toEqual({ readOnlyHint: false });
    await two.settled();
    await one.registry.refresh();
    expect(one.registry.facts('con-main', 'read')?.annotations).toEqual({ readOnlyHint: false });
  });

  it('is bounded: of a connection with too many tools the longest unseen go', async () => {
    const { store, registry, connection, settled } = rig();
    registry.seen(connection, named(TOOLS_PER_CONNECTION), 1_000);
    registry.seen(connection, named(1_000), 2_000);
    await settled();
    registry.seen(connection, named(500, 5_000), 3_000);
    await settled();
    const known = (index: number) => registry.facts('con-main', `tool-${index}`) !== undefined;
    expect([known(0), known(999), known(1_000), known(1_499), known(1_500), known(5_499)]).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(store.tools.size).toBe(TOOLS_PER_CONNECTION);
    // A list longer than the bound is kept up to it.
    registry.seen(connection, named(3_000, 10_000), 4_000);
    await settled();
    expect(store.tools.size).toBe(TOOLS_PER_CONNECTION);
    expect([known(10_000), known(11_999), known(12_000)]).toEqual([true, true, false]);
  });

  it('drops and counts what a store that is down cannot take, and brings it with the next list', async () => {
    const { store, registry, connection, settled } = rig();
    store.failing = true;
    const big = named(800).map((tool) => ({ ...tool, description: 'x'.repeat(60_000) }));
    registry.seen(connection, big, 1_000);
    await expect(settled()).rejects.toThrow();
    expect(registry.dropped).toBeGreaterThan(0);
    expect(registry.queued + registry.dropped).toBe(800);
    store.failing = false;
    await registry.flush();
    registry.seen(connection, big, 2_000);
    await settled();
    expect(store.tools.size).toBe(800);
  });

  it('forgets a deleted connection', () => {
    const { registry, connection } = rig();
    registry.seen(connection, named(1), 1_000);
    registry.forget('con-main');
    expect(registry.facts('con-main', 'tool-0')).toBe(undefined);
  });
});

describe('tool definitions', () => {
  it('are cut when they are too long, and still told apart', () => {
    const long = (tail: string) => ({
      name: 'a',
      description: 'd'.repeat(10_000),
      inputSchema: { x: 'y'.repeat(DEFINITION_LIMIT) + tail },
    });
    const [one, two] = [storedDefinition(long('1')), storedDefinition(long('2'))];
    expect(JSON.parse(one.definition)).toEqual({
      name: 'a',
      title: null,
      description: 'd'.repeat(4_096),
      annotations: {},
      truncated: true,
    });
    expect(one.digest).not.toBe(two.digest);
  });

  it('show bounded facts, whatever the upstream says', () => {
    expect(toolFacts({ annotations: 'yes', title: 7 })).toEqual({ title: null, annotations: {} });
    expect(toolFacts({ annotations: { title: 'T', x: 1 } })).toEqual({
      title: 'T',
      annotations: { title: 'T', x: 1 },
    });
    expect(
      toolFacts({ annotations: { x: 'y'.repeat(2_000), readOnlyHint: true, openWorldHint: 'no' } })
        .annotations,
    ).toEqual({ readOnlyHint: true });
    expect(toolFacts({ title: `a\u0000${'b'.repeat(500)}` }).title).toHaveLength(255);
  });
});
