import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { connectionViewSchema, type PolicyDocument, type Rule } from '@portcullis/contracts';
import { parse, type Filter, type RowCursor, type Scope } from '@portcullis/lens';
import { checkPolicy, compile, evaluate, type CompiledPolicies } from '@portcullis/policy-engine';
import { ProblemError } from '@portcullis/service';
import { AuditStore } from '../audit-store/audit-store.js';
import { timeRange } from '../audit-store/time-range.js';
import type { Caller } from '../authentication/caller.js';
import { equals, every, has } from '../lens/filters.js';
import { compileQuery } from '../lens/lens-query.js';
import { serverQueryId } from '../lens/running-query.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { recordedFields, recordedRequest } from './recorded-request.js';
import { factsOf, type RuleFacts } from './rule-facts.js';

export interface RulePreviewRequest {
  readonly rule: Record<string, unknown>;
  /** Id or slug; every connection when left out. */
  readonly connection?: string | null | undefined;
  /** Zone of the rule's policy, for `time.*`. */
  readonly timeZone?: string | undefined;
  readonly from: string;
  readonly to: string;
}

export interface RulePreviewed {
  matched: number;
  /** Calls the rule was held against. */
  scanned: number;
  /** Older calls of the range were left out: there were too many, or it took too long. */
  truncated: boolean;
  /** Calls whose arguments were not recorded whole, so that the rule cannot be tested. */
  undecided: number;
  /** What became of the matching calls at the time. */
  byDecision: Record<string, number>;
  /** Attributes of the rule that the history does not hold: it was tested as if they were absent. */
  unknowable: readonly string[];
  /** The latest matching calls. */
  samples: Record<'id' | 'time' | 'tool' | 'user' | 'agent' | 'connection' | 'decision', string | null>[];
}

export const PREVIEW_ROWS = 20_000;
const PAGE_ROWS = 5_000;
/** Arguments have up to 64 KiB a row. */
const PAGE_ROWS_WITH_ARGUMENTS = 1_000;
const PREVIEW_MS = 10_000;
/** Rows tested before others get their turn. */
const SLICE_ROWS = 200;
const SAMPLES = 20;
const KIND_FIELDS = {
  mcp_tool: 'tool',
  mcp_resource: 'resource',
  mcp_prompt: 'prompt',
  mcp_method: 'method',
} as const;

/** Which calls of the past one rule would have matched. The rule stands alone: no other rule gets to decide before it. */
@Injectable()
export class RulePreview {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(AuditStore) private readonly store: AuditStore,
  ) {}

  /** Rejects with `policy.invalid` (with pointers into the rule) and `connection.not_found`. */
  async of(caller: Caller, request: RulePreviewRequest, showSamples: boolean): Promise<RulePreviewed> {
    const { tenantId } = caller.principal;
    const document = checkedRule(request);
    const connection = request.connection
      ? connectionViewSchema.parse(
          (await this.policy.one(caller, { type: 'connection', connection: request.connection })).data,
        )
      : null;
    const rule = document.rules[0] as Rule;
    const facts = factsOf(rule, connection !== null);
    const policies = compile(
      [{ id: '', name: document.name, revision: 1, order: 0, scope: 'organization', document }],
      { defaultAction: 'deny' },
    );
    const filter = every([
      has('method'),
      has(KIND_FIELDS[rule.target.kind]),
      ...(connection ? [equals('connection_id', connection.id)] : []),
    ]);
    const now = Date.now();
    const scope = { tenantId, ...timeRange(request.from, request.to, now) };
    const previewed: RulePreviewed = {
      matched: 0,
      scanned: 0,
      truncated: false,
      undecided: 0,
      byDecision: {},
      unknowable: facts.unknowable,
      samples: [],
    };
    for await (const row of this.rows(scope, filter, facts, now, previewed)) {
      test(
        row,
        policies,
        recordedRequest(row, tenantId, connection?.name ?? null, facts),
        previewed,
        showSamples,
      );
    }
    return previewed;
  }

  /** Newest first, until the range, the number of rows or the time is used up. */
  private async *rows(
    scope: Scope,
    filter: Filter,
    facts: RuleFacts,
    ceiling: number,
    previewed: RulePreviewed,
  ): AsyncGenerator<Record<string, unknown>> {
    const deadline = performance.now() + PREVIEW_MS;
    const stages = parse(`| fields ${recordedFields(facts).join(', ')}`).query.stages;
    let cursor: RowCursor | null = null;
    do {
      const limit = Math.min(
        facts.usesArguments ? PAGE_ROWS_WITH_ARGUMENTS : PAGE_ROWS,
        PREVIEW_ROWS - previewed.scanned,
      );
      const compiled = compileQuery({ filter, stages }, scope, {
        limit,
        ceiling,
        ...(cursor ? { cursor } : {}),
      });
      const page = await this.store.run(compiled, { queryId: serverQueryId(scope.tenantId), ceiling });
      for (const row of page.rows) {
        if (previewed.scanned % SLICE_ROWS === SLICE_ROWS - 1) {
          await setImmediate();
          if (performance.now() > deadline) {
            previewed.truncated = true;
            return;
          }
        }
        previewed.scanned += 1;
        yield row;
      }
      cursor = page.next;
      previewed.truncated = cursor !== null;
    } while (cursor !== null && previewed.scanned < PREVIEW_ROWS && performance.now() < deadline);
  }
}

function test(
  row: Record<string, unknown>,
  policies: CompiledPolicies,
  request: Parameters<typeof evaluate>[1],
  previewed: RulePreviewed,
  showSamples: boolean,
): void {
  const evaluation = evaluate(policies, request);
  if (evaluation.rule === null) return;
  if (evaluation.reason === 'arguments.too_large') {
    previewed.undecided += 1;
    return;
  }
  previewed.matched += 1;
  const decision = String(row['decision']);
  previewed.byDecision[decision] = (previewed.byDecision[decision] ?? 0) + 1;
  if (!showSamples || previewed.samples.length === SAMPLES) return;
  const text = (name: string) => (row[name] === '' ? null : String(row[name]));
  previewed.samples.push({
    id: text('id'),
    time: text('time'),
    tool: text('tool'),
    user: text('user'),
    agent: text('agent'),
    connection: text('connection'),
    decision,
  });
}

/** The rule as a policy of its own, with its defaults; or a problem that points into the rule. */
function checkedRule({ rule, timeZone }: RulePreviewRequest): PolicyDocument {
  const { document, errors } = checkPolicy({
    name: 'preview',
    ...(timeZone === undefined ? {} : { timeZone }),
    rules: [rule],
  });
  if (document && errors.length === 0) return document;
  const unsupported = errors.length > 0 && errors.every(({ code }) => code === 'policy.not_supported');
  throw new ProblemError({
    code: unsupported ? 'policy.not_supported' : 'policy.invalid',
    status: 400,
    title: unsupported ? 'The rule uses what this version does not enforce yet.' : 'The rule is not valid.',
    issues: errors.map(({ code, pointer, message }) => ({
      code,
      pointer: pointer.replace(/^\/rules\/0/, '/rule'),
      message,
    })),
  });
}
