import { problemOf, unreachable } from './problem.js';

/** `data` of a route below the typed client's description: those of sign-in, whose answers set cookies. */
export async function ask<Data>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Data> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw unreachable(cause);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(answer, response.status, response.headers.get('retry-after'));
  return (answer as { data: Data } | undefined)?.data as Data;
}
