import { Rejection, type RejectionKind } from '@portcullis/eventing';
import { DatabaseUnavailable } from '@portcullis/postgres';
import { ProblemError } from '@portcullis/service';
import { describe, expect, it } from 'vitest';
import { problemFor, withProblems } from './answer-errors.js';

describe('problems', () => {
  it.each<[RejectionKind, number]>([
    ['invalid', 400],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['precondition_failed', 412],
  ])('of a rejection that is %s have status %i', async (kind, status) => {
    const issues = [{ code: 'policy.bad_glob', pointer: '/rules/0/target', message: 'is no glob' }];
    const rejection = new Rejection('thing.reason', kind, 'So it is.', issues);
    const problem: unknown = await withProblems(() => Promise.reject(rejection)).catch(
      (error: unknown) => error,
    );
    expect(problem).toBeInstanceOf(ProblemError);
    expect((problem as ProblemError).problem).toEqual({
      type: 'about:blank',
      code: 'thing.reason',
      status,
      title: 'So it is.',
      issues,
    });
  });

  it.each([
    [new DatabaseUnavailable(new Error('down')), 503, 'policy.unavailable'],
    [
      Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' }),
      503,
      'policy.unavailable',
    ],
    [Object.assign(new Error('invalid byte sequence'), { code: '22021' }), 400, 'request.invalid'],
  ])('of %s have status %i', (error, status, code) => {
    expect(problemFor(error)).toMatchObject({ status, code });
  });

  it('leave an unknown error as it is, for the log', () => {
    const error = new Error('a defect');
    expect(problemFor(error)).toBe(error);
  });
});
