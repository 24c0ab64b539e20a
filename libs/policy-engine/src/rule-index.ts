import type { TargetKind } from '@portcullis/contracts';
import { AffixIndex } from './affix-index.js';
import { isAlwaysAllowed } from './always-allowed.js';
import type { CompiledRule } from './compiled-rule.js';
import type { Condition } from './condition.js';
import { GatedRules } from './gated-rules.js';
import { TwoGenerationCache } from './two-generation-cache.js';

/** Fewer are tried faster than looked up. */
const GATED_FROM = 32;
/** A target asked for this often is worth an index; a name nobody asks for again is not. */
const GATED_AT_USE = 3;

/** The rules whose target fits a request, in order. */
export class Candidates {
  /** Theirs, side by side: a scan that touches the rules themselves waits for memory. */
  readonly conditions: readonly (Condition | null)[];
  /** One of them looks at arguments. */
  readonly needsArguments: boolean;
  private uses = 0;
  private gates: GatedRules | null = null;

  constructor(readonly rules: readonly CompiledRule[]) {
    this.conditions = rules.map(({ condition }) => condition);
    this.needsArguments = rules.some((rule) => rule.needsArguments);
  }

  /** Null while all of them are to be tried. */
  gated(): GatedRules | null {
    if (this.gates === null && this.rules.length >= GATED_FROM && ++this.uses === GATED_AT_USE) {
      this.gates = new GatedRules(this.rules.map(({ gate }) => gate));
    }
    return this.gates;
  }
}

export interface Message {
  kind: TargetKind;
  method: string;
  name: string;
}

const LONGEST_CACHED = 512;

export const candidateCache = () =>
  new TwoGenerationCache<Candidates>(1_024, 128 * 1_024, (candidates) => 4 * candidates.rules.length + 1);

class KindIndex {
  private readonly byName = new Map<string, number[]>();
  private readonly patterns = new Map<number, CompiledRule>();
  /** Of the patterns: those that begin with some text, by it, and the rest. */
  private readonly starting = new AffixIndex('start');
  private readonly others: number[] = [];

  add(ordinal: number, rule: CompiledRule): void {
    if (!rule.target.literals) {
      this.patterns.set(ordinal, rule);
      const { starts } = rule.target;
      if (starts === null) this.others.push(ordinal);
      else for (const start of starts) this.starting.add(start, ordinal);
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
    const tried = (ordinals: readonly number[]) => {
      for (const ordinal of ordinals) if (this.patterns.get(ordinal)!.target.test(name)) into.push(ordinal);
    };
    tried(this.others);
    this.starting.find(name, tried);
  }
}

/** The rules of one connection, found by target. */
export class RuleIndex {
  private readonly kinds: Record<TargetKind, KindIndex> = {
    tool: new KindIndex(),
    resource: new KindIndex(),
    prompt: new KindIndex(),
    method: new KindIndex(),
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
    if (message.kind !== 'method' && !isAlwaysAllowed(message.method))
      this.kinds[message.kind].find(message.name, ordinals);
    this.kinds.method.find(message.method, ordinals);
    // A pattern with alternatives may have been found by more than one.
    const inOrder = ordinals.sort((a, b) => a - b).filter((ordinal, at) => ordinal !== ordinals[at - 1]);
    const candidates = new Candidates(inOrder.map((ordinal) => this.rules[ordinal]!));
    if (cached) this.cache.set(key, candidates);
    return candidates;
  }
}

/** The same question answered for one rule, without the index. */
export function targets(rule: CompiledRule, message: Message): boolean {
  if (rule.kind === 'method') return rule.target.test(message.method);
  return rule.kind === message.kind && !isAlwaysAllowed(message.method) && rule.target.test(message.name);
}
