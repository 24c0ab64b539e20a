import { describe, expect, it } from 'vitest';
import { ApiProblem, messageOf, problemOf, unreachable } from './problem.js';

const body = {
  type: 'about:blank',
  title: 'The policy is not valid.',
  status: 400,
  code: 'policy.invalid',
  detail: 'Two rules have one name.',
  issues: [{ pointer: '/rules/0/target/tool', message: 'too short' }],
};

describe('problemOf', () => {
  it('reads a problem document', () => {
    const problem = problemOf(body, 400);
    expect(problem.code).toBe('policy.invalid');
    expect(problem.message).toBe('The policy is not valid. Two rules have one name.');
    expect(problem.issueAt('/rules/0')).toBe('too short');
    expect(problem.issueAt('/rules/0/target/tool')).toBe('too short');
    expect(problem.issueAt('/rules/0/t')).toBeUndefined();
  });

  it.each([[undefined], ['<html>Bad gateway</html>'], [{ title: 1 }], [null]])(
    'makes one of the body %j',
    (strange) => {
      expect(problemOf(strange, 502)).toMatchObject({
        code: 'http.502',
        message: 'The server could not answer.',
      });
      expect(problemOf(strange, 418).message).toBe('The request was refused.');
    },
  );
});

describe('messageOf', () => {
  it('names the places of the first issues', () => {
    expect(messageOf(problemOf(body, 400))).toBe(
      'The policy is not valid. Two rules have one name. /rules/0/target/tool: too short',
    );
  });

  it('shows what would act in a text that the server repeats', () => {
    const named = {
      ...body,
      detail: 'There is a \u202egnp.exe.',
      issues: [{ pointer: '/name', message: 'a\u200bb' }],
    };
    expect(messageOf(problemOf(named, 409))).toBe(
      'The policy is not valid. There is a \\u{202e}gnp.exe. /name: a\\u{200b}b',
    );
    expect(messageOf(new Error('\u0007'))).toBe('\\u{0007}');
  });

  it('is fit to show for anything thrown', () => {
    expect(messageOf(unreachable(new TypeError('Failed to fetch')))).toBe('The server cannot be reached.');
    expect(unreachable(new DOMException('', 'AbortError'))).toBeInstanceOf(ApiProblem);
    expect(unreachable(new DOMException('', 'AbortError')).code).toBe('network.aborted');
    expect(messageOf(new Error('plain'))).toBe('plain');
    expect(messageOf('text')).toBe('Something went wrong.');
  });
});
