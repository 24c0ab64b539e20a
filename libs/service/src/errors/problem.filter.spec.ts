import type { ArgumentsHost } from '@nestjs/common';
import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import { ProblemError } from './problem-error.js';
import { ProblemFilter } from './problem.filter.js';

/** A filter with what it wrote and what it answered. */
function filter() {
  const clock = { now: 0 };
  const written: Record<string, unknown>[] = [];
  const answered: { status: number; body: string }[] = [];
  const error = (line: Record<string, unknown>) => void written.push(line);
  const filtered = new ProblemFilter({ error } as unknown as Logger, () => clock.now);
  const fail = (thrown: unknown, method = 'POST') => {
    let status = 0;
    const reply = {
      sent: false,
      status: (code: number) => ((status = code), reply),
      header: () => reply,
      send: (body: string) => void answered.push({ status, body }),
    };
    filtered.catch(thrown, {
      switchToHttp: () => ({
        getResponse: () => reply,
        getRequest: () => ({ method, routeOptions: { url: '/sign-in' } }),
      }),
    } as unknown as ArgumentsHost);
  };
  return { fail, written, answered, clock };
}

const busy = () => new ProblemError({ code: 'auth.busy', status: 503, title: 'Busy.' });

describe('what a request failed with', () => {
  it('is answered each time, and written once a second with how many were left out', () => {
    const { fail, written, answered, clock } = filter();
    for (let n = 0; n < 1_000; n += 1) fail(busy());
    expect(answered).toHaveLength(1_000);
    expect(answered[0]).toEqual({ status: 503, body: expect.stringContaining('auth.busy') as string });
    expect(written).toMatchObject([{ code: 'auth.busy', method: 'POST', route: '/sign-in' }]);
    clock.now = 1_000;
    fail(busy());
    expect(written.slice(1)).toMatchObject([{ code: 'auth.busy', omitted: 999 }]);
  });

  it('is written for each code and method', () => {
    const { fail, written } = filter();
    fail(busy());
    fail(busy(), 'GET');
    fail(new ProblemError({ code: 'log.unavailable', status: 503, title: 'Away.' }));
    expect(written).toHaveLength(3);
  });

  it('is written always where it is a defect, whose cause the caller is not told', () => {
    const { fail, written, answered } = filter();
    for (let n = 0; n < 3; n += 1) fail(new Error(`secret ${n}`));
    expect(written).toHaveLength(3);
    expect(JSON.stringify(answered)).not.toContain('secret');
  });

  it('is not written where it is the caller who is wrong', () => {
    const { fail, written } = filter();
    fail(new ProblemError({ code: 'request.invalid', status: 400, title: 'No.' }));
    expect(written).toEqual([]);
  });
});
