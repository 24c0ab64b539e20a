import type { Conditions, Rule, RuleTarget } from '@portcullis/contracts';

/** What a rule is about: `tool delete_*`. */
export function targetText(target: RuleTarget): string {
  switch (target.kind) {
    case 'mcp_tool':
      return `tool ${target.tool}`;
    case 'mcp_resource':
      return `resource ${target.uri}`;
    case 'mcp_prompt':
      return `prompt ${target.prompt}`;
    case 'mcp_method':
      return `method ${target.method}`;
  }
}

/** The pattern of a target, whatever its kind. */
export function targetPattern(target: RuleTarget): string {
  switch (target.kind) {
    case 'mcp_tool':
      return target.tool;
    case 'mcp_resource':
      return target.uri;
    case 'mcp_prompt':
      return target.prompt;
    case 'mcp_method':
      return target.method;
  }
}

const OPERATORS: Record<string, string> = {
  eq: '=',
  neq: '≠',
  in: 'in',
  not_in: 'not in',
  glob: 'like',
  not_glob: 'not like',
  gt: '>',
  gte: '≥',
  lt: '<',
  lte: '≤',
  contains: 'contains',
  starts_with: 'starts with',
  ends_with: 'ends with',
  matches: 'matches',
};

/** Each condition as one phrase: `arguments.amount > 500`. All must hold. */
export function conditionTexts(conditions: Conditions | undefined): string[] {
  return Object.entries(conditions ?? {}).flatMap(([name, test]): string[] => {
    if (name === 'any' && Array.isArray(test))
      return [
        `any of (${(test as Conditions[]).map((part) => conditionTexts(part).join(' and ')).join(' or ')})`,
      ];
    if (name === 'not' && isObject(test))
      return [`not (${conditionTexts(test as Conditions).join(' and ')})`];
    if (!isObject(test)) return [`${name} = ${valueText(test)}`];
    return Object.entries(test).map(([operator, value]) => {
      if (operator === 'exists') return value === false ? `${name} is absent` : `${name} is present`;
      return `${name} ${OPERATORS[operator] ?? operator} ${valueText(value)}`;
    });
  });
}

/** What a rule owes beside its answer: limit, redaction, audit class, time limit. */
export function obligationTexts(rule: Rule): string[] {
  const { limit, redact, audit, timeout, approvers, expires } = rule;
  return [
    ...(limit
      ? [`at most ${limit.calls} calls per ${limit.per} for each ${(limit.key ?? ['key']).join(', ')}`]
      : []),
    ...(redact?.arguments?.length ? [`redacts arguments ${redact.arguments.join(', ')}`] : []),
    ...(redact?.result?.length ? [`redacts ${redact.result.join(', ')} from the result`] : []),
    ...(approvers
      ? [`needs ${approvers.count} ${approvers.role}${approvers.not ? ', not the requester' : ''}`]
      : []),
    ...(expires ? [`expires after ${expires}`] : []),
    ...(timeout ? [`may take ${timeout}`] : []),
    ...(audit && audit !== 'buffered' ? [`audit ${audit}`] : []),
  ];
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
