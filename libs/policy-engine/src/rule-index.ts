import type { TargetKind } from '@portcullis/contracts';
import { isAlwaysAllowed } from './always-allowed.js';
import type { CompiledRule } from './compiled-rule.js';
import type { Condition } from './condition.js';
import { TwoGenerationCache } from './two-generation-cache.js';

/** The rules whose target fits a request, in order. */
export interface Candidates {
  rules: readonly CompiledRule[];
  /** Theirs, side by side: a scan that touches the rules themselves waits for memory. */
  conditions: readonly (Condition | null)[];
  /** One of them looks at arguments. */
  needsArguments: boolean;
}

export interface Message {
  kind: TargetKind;
  method: string;
  name: string;
}

const LONGEST_CACHED = 512;

export const candidateCache = () => new TwoGenerationCache<Candidates>(1_024, 64 * 1_024, (candidates) => 2 * candidates.rules.length + 1);

class KindIndex {
  private readonly byName = new Map<string, number[]>();
  private readonly patterns: { ordinal: number; rule: CompiledRule }[] = [];

  add(ordinal: number, rule: CompiledRule): void {
    if (!rule.target.literals) {
      this.patterns.push({ ordinal, rule });
      return;
    }
    for (const name of rule.target.literals) {
      const ordinals = this.byName.get(name);
      if (ordinals) ordinals.push(ordinal);
      else this.byName.set(name, [ordinal]);
    }
  }

  find(name: string, into: number[]): void {
    for (const ordinal of this.byName.get(name) ?? []) into.push(ordinal);
    for (const { ordinal, rule } of this.patterns) if (rule.target.test(name)) into.push(ordinal);
  }
}

/** The rules of one connection, found by target. */
export class RuleIndex {
  private readonly kinds: Record<TargetKind, KindIndex> = {
    tool: new KindIndex(), resource: new KindIndex(), prompt: new KindIndex(), method: new KindIndex(),
  };

  constructor(
    readonly rules: readonly CompiledRule[],
    private readonly cache: TwoGenerationCache<Candidates>,
    /** Tells the indexes that share a cache apart. */
    private readonly id: number,
  ) {
    rules.forEach((rule, ordinal) => this.kinds[rule.kind].add(ordinal, rule));
  }

  /** Targets whose candidates are kept, of all indexes that share the cache. */
  get remembered(): number {
    return this.cache.size;
  }

  candidates(message: Message): Candidates {
    const cached = message.name.length + message.method.length <= LONGEST_CACHED;
    const key = cached ? `${this.id} ${message.kind} ${message.method}\n${message.name}` : '';
    const known = cached ? this.cache.get(key) : undefined;
    if (known) return known;
    const ordinals: number[] = [];
    if (message.kind !== 'method' && !isAlwaysAllowed(message.method)) this.kinds[message.kind].find(message.name, ordinals);
    this.kinds.method.find(message.method, ordinals);
    const rules = ordinals.sort((a, b) => a - b).map((ordinal) => this.rules[ordinal]!);
    const candidates = {
      rules,
      conditions: rules.map((rule) => rule.condition),
      needsArguments: rules.some((rule) => rule.needsArguments),
    };
    if (cached) this.cache.set(key, candidates);
    return candidates;
  }
}

/** The same question answered for one rule, without the index. */
export function targets(rule: CompiledRule, message: Message): boolean {
  if (rule.kind === 'method') return rule.target.test(message.method);
  return rule.kind === message.kind && !isAlwaysAllowed(message.method) && rule.target.test(message.name);
}
