import type { IncomingMessage, ServerResponse } from 'node:http';
import { AUTHENTICATE_PATH, DECIDE_PATH, FILTER_PATH } from '@portcullis/contracts';
import type { InternalHandler } from '@portcullis/service';
import type { KnownLogins } from '../logins/known-logins.js';
import type { CallEvaluator } from './call-evaluator.js';
import { BadRequest, credentialFrom, decideRequestFrom, filterRequestFrom } from './decide-request.js';
import { readBody, sendJson, sendProblem } from './http-exchange.js';

export interface DecideHandlerDeps {
  readonly evaluator: CallEvaluator;
  readonly logins?: KnownLogins | undefined;
  /** Whether the state is proven up to date. Asked when a question is answered, not when it arrives. */
  readonly fresh: () => boolean;
  /** Time from the whole body to the written answer, in seconds. */
  readonly observe?: (seconds: number) => void;
  /** A key was presented outside of a call, and found good. */
  readonly onAuthenticated?: (tenantId: string, keyId: string) => void;
  /** A question that could not be answered although the replica is fresh. */
  readonly onFailure?: (error: unknown) => void;
}

export const DECIDE_BODY_LIMIT = 512 * 1024;
/** Lists are longer than calls; a gateway may ask about a list in parts. */
export const FILTER_BODY_LIMIT = 4 * 1024 * 1024;
const AUTHENTICATE_BODY_LIMIT = 4 * 1024;
/** A list gives other calls their turn after this long. */
const SLICE_MS = 2;

/**
 * The path every governed call takes, in front of any framework (docs/adr/0001-decide-transport.md). It touches memory
 * alone. Whatever goes wrong here is an answer other than 200, and the gateway refuses.
 */
export function createDecideHandler(deps: DecideHandlerDeps): InternalHandler {
  const routes: Readonly<
    Record<string, { limit: number; answer: (body: unknown, response: ServerResponse) => void }>
  > = {
    [DECIDE_PATH]: { limit: DECIDE_BODY_LIMIT, answer: (body, response) => decide(deps, body, response) },
    [FILTER_PATH]: { limit: FILTER_BODY_LIMIT, answer: (body, response) => filter(deps, body, response) },
    [AUTHENTICATE_PATH]: {
      limit: AUTHENTICATE_BODY_LIMIT,
      answer: (body, response) => {
        const answer = deps.evaluator.authenticate(credentialFrom(body));
        sendJson(response, 200, JSON.stringify(answer));
        if (answer.principal?.type === 'api_key')
          deps.onAuthenticated?.(answer.principal.tenantId, answer.principal.id);
      },
    },
  };
  return (request: IncomingMessage, response: ServerResponse) => {
    const { url } = request;
    const route = url !== undefined && Object.hasOwn(routes, url) ? routes[url] : undefined;
    if (!route) return false;
    if (request.method !== 'POST') {
      sendProblem(response, 405, 'request.method_not_allowed');
      return true;
    }
    readBody(request, route.limit, (body) => {
      if (body === null) return sendProblem(response, 413, 'request.too_large');
      guarded(deps, response, () => {
        if (!deps.fresh())
          return sendProblem(response, 503, 'policy.unavailable', 'This replica is not up to date.');
        const question = parsed(body);
        afterLookUp(deps, question, response, () => route.answer(question, response));
      });
    });
    return true;
  };
}

/** A cookie that is not known yet is asked for first; a gateway asks about keys on another connection. */
function afterLookUp(
  deps: DecideHandlerDeps,
  question: unknown,
  response: ServerResponse,
  answer: () => void,
): void {
  const { credential } = (question ?? {}) as { credential?: { type?: unknown } };
  if (credential?.type !== 'cookie' || !deps.logins) return answer();
  const { logins } = deps;
  const { digest } = credentialFrom(question);
  if (logins.get(digest) !== undefined) return answer();
  logins.load(digest).then(
    () =>
      guarded(deps, response, () =>
        deps.fresh() ? answer() : sendProblem(response, 503, 'policy.unavailable'),
      ),
    () => sendProblem(response, 503, 'policy.unavailable', 'Logins cannot be looked up.'),
  );
}

function decide({ evaluator, observe }: DecideHandlerDeps, body: unknown, response: ServerResponse): void {
  if (!observe) return sendJson(response, 200, JSON.stringify(evaluator.decide(decideRequestFrom(body))));
  const from = performance.now();
  sendJson(response, 200, JSON.stringify(evaluator.decide(decideRequestFrom(body))));
  observe((performance.now() - from) / 1_000);
}

function filter(deps: DecideHandlerDeps, body: unknown, response: ServerResponse): void {
  const items = deps.evaluator.filter(filterRequestFrom(body));
  const goOn = (): void => {
    const until = performance.now() + SLICE_MS;
    let step = items.next();
    while (!step.done && performance.now() < until) step = items.next();
    if (step.done) sendJson(response, 200, JSON.stringify({ visible: step.value }));
    else if (!response.destroyed) setImmediate(() => guarded(deps, response, goOn));
  };
  goOn();
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new BadRequest('body');
  }
}

function guarded({ onFailure }: DecideHandlerDeps, response: ServerResponse, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof BadRequest) return sendProblem(response, 400, 'request.malformed', error.message);
    onFailure?.(error);
    if (response.headersSent) response.destroy();
    else sendProblem(response, 503, 'policy.unavailable');
  }
}
