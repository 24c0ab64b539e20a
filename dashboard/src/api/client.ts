import createClient from 'openapi-fetch';
import type { paths } from './api-types.generated.js';
import { problemOf, unreachable } from './problem.js';

/**
 * Every call of the API, typed by its description. The session travels in a cookie that no script can read; the API
 * refuses it from another origin.
 */
export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });

interface Answer<Body> {
  readonly data?: Body;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of an answer; what is not one becomes an ApiProblem. */
export async function answerOf<Body>(call: Promise<Answer<Body>>): Promise<Body> {
  let answer: Answer<Body>;
  try {
    answer = await call;
  } catch (cause) {
    throw unreachable(cause);
  }
  if (!answer.response.ok) throw problemOf(answer.error, answer.response.status);
  return answer.data as Body;
}

/** `data` of an answer `{ data, meta }`. */
export async function dataOf<Data>(call: Promise<Answer<{ data: Data }>>): Promise<Data> {
  return (await answerOf(call)).data;
}

interface Page<Row> {
  readonly data: Row[];
  readonly meta: Record<string, unknown> & { cursor?: string | null };
}

/** All rows of a list that pages by cursor, up to `most`: for lists a person keeps small, such as connections. */
export async function allRows<Row>(
  page: (cursor: string | undefined) => Promise<Answer<{ data: Row[]; meta: unknown }>>,
  most = 2_000,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const { data, meta } = (await answerOf(page(cursor))) as Page<Row>;
    rows.push(...data);
    cursor = meta.cursor ?? undefined;
  } while (cursor !== undefined && rows.length < most);
  return rows;
}

type Operation = { requestBody: { content: { 'application/json': unknown } } };

/** What a route takes: `BodyOf<paths['/api/v1/connections/{id}']['patch']>`. */
export type BodyOf<Route extends Operation> = Route['requestBody']['content']['application/json'];

/** `data` of a route's answer: `DataOf<'/api/v1/connections', 'get'>`. */
export type DataOf<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: infer Responses;
}
  ? Extract<Responses[keyof Responses], { content: { 'application/json': unknown } }> extends {
      content: { 'application/json': { data: infer Data } };
    }
    ? Data
    : never
  : never;
