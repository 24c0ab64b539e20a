import { visibleText } from '../pieces/hostile-text.js';

export type AuditRow = Readonly<Record<string, unknown>>;

/** A piece of a sentence; values are what the row holds, and shown as such. */
export interface SummaryPart {
  readonly text: string;
  readonly value?: true;
}

const value = (text: string): SummaryPart => ({ text: visibleText(text, 120), value: true });
const words = (text: string): SummaryPart => ({ text });

export function textOf(row: AuditRow, field: string): string {
  const found = row[field];
  return found === null || found === undefined
    ? ''
    : typeof found === 'object'
      ? JSON.stringify(found)
      : String(found);
}

/** One sentence of who did what on what, and how it ended. */
export function rowSummary(row: AuditRow): readonly SummaryPart[] {
  const type = textOf(row, 'type');
  if (type === 'anomaly') return anomalySummary(row);
  if (textOf(row, 'method') === '') return eventSummary(row, type);
  return [...who(row), ...what(row), ...where(row), ...ending(row)];
}

export function summaryText(row: AuditRow): string {
  return rowSummary(row)
    .map((part) => part.text)
    .join('');
}

function who(row: AuditRow): SummaryPart[] {
  const [user, agent, key] = [textOf(row, 'user'), textOf(row, 'agent'), textOf(row, 'key')];
  if (user !== '' && agent !== '') return [value(user), words("'s agent "), value(agent)];
  if (agent !== '') return [words('Agent '), value(agent)];
  if (user !== '') return [value(user)];
  return key === '' ? [words('Someone unknown')] : [words('Key '), value(key)];
}

function what(row: AuditRow): SummaryPart[] {
  const [tool, resource, prompt, method] = ['tool', 'resource', 'prompt', 'method'].map((field) =>
    textOf(row, field),
  );
  if (tool) return [words(' called '), value(tool)];
  if (resource) return [words(' read '), value(resource)];
  if (prompt) return [words(' fetched the prompt '), value(prompt)];
  return [words(' sent '), value(method ?? '')];
}

function where(row: AuditRow): SummaryPart[] {
  const connection = textOf(row, 'connection');
  return connection === '' ? [] : [words(' on '), value(connection)];
}

function ending(row: AuditRow): SummaryPart[] {
  const [decision, outcome, rule, reason, error] = ['decision', 'outcome', 'rule', 'reason', 'error'].map(
    (field) => textOf(row, field),
  );
  const byRule = rule ? [words(' by rule '), value(rule)] : [];
  if (outcome === 'denied' || decision === 'deny')
    return [
      words(': denied'),
      ...(rule
        ? byRule
        : reason
          ? [words(' ('), value(reason), words(')')]
          : [words(' since no rule allowed it')]),
    ];
  const verdict = decision === 'alert' ? [words(': let through with an alert'), ...byRule] : [];
  switch (outcome) {
    case 'tool_error':
      return [
        ...verdict,
        words(verdict.length > 0 ? '; the tool answered with an error' : ': the tool answered with an error'),
      ];
    case 'error':
      return [
        ...verdict,
        words(verdict.length > 0 ? '; it failed' : ': it failed'),
        ...(error ? [words(' with '), value(error)] : []),
      ];
    case 'unknown':
      return [
        ...verdict,
        words(verdict.length > 0 ? '; how it ended is not known' : ': how it ended is not known'),
      ];
    default:
      return verdict.length > 0 ? verdict : [words(': allowed'), ...byRule];
  }
}

function anomalySummary(row: AuditRow): SummaryPart[] {
  const attrs = (row['attrs'] ?? {}) as Readonly<Record<string, string>>;
  const [title, severity, observed, unit, expected] = [
    'title',
    'severity',
    'observed.value',
    'observed.unit',
    'expected.value',
  ].map((name) => attrs[name] ?? '');
  const head = severity ? `Anomaly, ${severity}: ` : 'Anomaly: ';
  const figures = observed
    ? `. Observed ${observed}${unit ? ` ${unit}` : ''}${expected ? `, expected ${expected}` : ''}`
    : '';
  return [words(visibleText(head)), value(title || attrs['kind'] || 'no title'), words(visibleText(figures))];
}

function eventSummary(row: AuditRow, type: string): SummaryPart[] {
  const actor = textOf(row, 'user') || textOf(row, 'actor');
  const connection = textOf(row, 'connection');
  return [
    ...(actor === '' ? [] : [value(actor), words(': ')]),
    value(type === '' ? 'event' : type.replaceAll('_', ' ')),
    ...(connection === '' ? [] : [words(' on '), value(connection)]),
  ];
}
