import { errorFromAnswer } from './error-from-answer.js';
import { IgrisError } from './errors.js';
import { DEFAULT_TIMEOUT_MS, type CallOptions } from './options.js';
import { messagesOf } from './sse.js';

export interface JsonRpcAnswer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** One HTTP client for the gateway and the API: credentials, limits, typed errors. */
export class Transport {
  constructor(
    private readonly apiKey: string,
    private readonly fetcher: typeof fetch,
  ) {}

  /** Sends one JSON-RPC request and waits for its answer, as JSON or as an event stream. */
  async rpc(
    url: string,
    message: { id: string; method: string; params: unknown },
    headers: Record<string, string>,
    options: CallOptions,
  ) {
    const response = await this.send(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'x-igris-errors': 'http',
          ...headers,
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      },
      options,
    );
    if (!response.ok) throw errorFromAnswer(response.status, await bodyOf(response), response.headers);
    const answer = await this.answerOf(response, message.id);
    if (answer.error) throw errorFromAnswer(response.status, answer, response.headers);
    return { result: answer.result, sessionId: response.headers.get('mcp-session-id') };
  }

  /** A notification, or the end of a session: nothing comes back. */
  async tell(
    url: string,
    method: 'POST' | 'DELETE',
    body: unknown,
    headers: Record<string, string>,
    options: CallOptions,
  ): Promise<void> {
    const response = await this.send(
      url,
      {
        method,
        headers: {
          accept: 'application/json, text/event-stream',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      options,
    );
    await response.body?.cancel();
  }

  /** A REST call: `data` and `meta` of the answer. */
  async rest(
    method: 'GET' | 'POST',
    url: string,
    body: unknown,
    options: CallOptions,
  ): Promise<{ data: unknown; meta: Record<string, unknown> }> {
    const response = await this.send(
      url,
      {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      options,
    );
    const answer = await bodyOf(response);
    if (!response.ok) throw errorFromAnswer(response.status, answer, response.headers);
    return answer as { data: unknown; meta: Record<string, unknown> };
  }

  private async send(
    url: string,
    init: RequestInit & { headers: Record<string, string> },
    options: CallOptions,
  ): Promise<Response> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      return await this.fetcher(url, {
        ...init,
        headers: { authorization: `Bearer ${this.apiKey}`, ...init.headers },
        redirect: 'error',
        signal,
      });
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      const late = timeout.aborted;
      throw new IgrisError(late ? 'No answer came in time.' : 'The gateway cannot be reached.', {
        status: 0,
        reason: late ? 'client.timeout' : 'client.unreachable',
        cause,
      });
    }
  }

  private async answerOf(response: Response, id: string): Promise<JsonRpcAnswer> {
    if (!(response.headers.get('content-type') ?? '').includes('text/event-stream'))
      return (await bodyOf(response)) as JsonRpcAnswer;
    if (response.body !== null) {
      for await (const message of messagesOf(response.body)) {
        const answer = message as JsonRpcAnswer;
        if (answer.id === id && ('result' in answer || 'error' in answer)) return answer;
      }
    }
    throw new IgrisError('The answer ended before the result came.', {
      status: response.status,
      reason: 'client.incomplete',
    });
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}
