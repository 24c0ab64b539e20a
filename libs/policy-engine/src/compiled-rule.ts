import type { AuditClass, Rule, TargetKind } from '@portcullis/contracts';
import type { Condition } from './condition.js';
import type { Slot } from './facts.js';
import type { Glob } from './glob.js';
import type { RuleGate } from './rule-gate.js';

export interface PolicyRef {
  id: string;
  name: string;
  revision: number;
}

export type LimitKeyPart =
  { fixed: 'user' | 'key' | 'session' | 'connection' | 'tool' | 'organization' } | { argument: Slot };

export interface CompiledLimit {
  calls: number;
  perMs: number;
  parts: readonly LimitKeyPart[];
}

/** A rule this build can enforce. */
export interface CompiledRule {
  policy: PolicyRef;
  /** Position in its document. */
  index: number;
  name: string;
  /** Tells rules of one policy and one name apart. */
  nameOccurrence: number;
  kind: TargetKind;
  target: Glob;
  condition: Condition | null;
  gate: RuleGate | null;
  action: 'allow' | 'deny' | 'alert';
  message: string | null;
  limit: CompiledLimit | null;
  audit: AuditClass;
  maxDurationMs: number;
  severity: Severity | null;
  needsArguments: boolean;
}

export type Severity = NonNullable<Rule['severity']>;
