import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Igris,
  IgrisAuthError,
  IgrisError,
  IgrisHoldPendingError,
  IgrisPolicyDeniedError,
  IgrisRateLimitError,
  IgrisSessionSuspendedError,
  IgrisToolError,
} from './index.js';

const answering = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  const requests: { url: string; headers: Headers; body: string }[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    requests.push({ url: String(input), headers: new Headers(init?.headers), body: String(init?.body) });
    const id = init?.body ? (JSON.parse(String(init.body)) as { id?: string }).id : undefined;
    const text = JSON.stringify(body).replace('"$id"', JSON.stringify(id ?? null));
    return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } });
  };
  return { requests, igris: new Igris({ apiKey: 'ig_x', fetch: fetcher, apiUrl: 'http://api' }) };
};
const refusal = (reason: string, data: object = {}) => ({
  jsonrpc: '2.0',
  id: '$id',
  error: { code: -1, message: 'no', data: { reason, ...data } },
});

afterEach(() => vi.unstubAllEnvs());

describe('Igris', () => {
  it('refuses an empty key at once', () => {
    expect(() => new Igris({ apiKey: '' })).toThrow('apiKey is required');
    expect(() => new Igris({ apiKey: '  ' })).toThrow('apiKey is required');
  });

  it('takes the base URL from the option, the environment, the default, in this order', () => {
    expect(new Igris({ apiKey: 'x' }).baseUrl).toBe('http://127.0.0.1:4100');
    vi.stubEnv('IGRIS_BASE_URL', 'http://gateway:1/');
    expect(new Igris({ apiKey: 'x' }).baseUrl).toBe('http://gateway:1');
    expect(new Igris({ apiKey: 'x', baseUrl: 'http://b//' }).baseUrl).toBe('http://b');
  });

  it('gives an MCP client everything it needs', () => {
    const { url, headers } = new Igris({ apiKey: 'ig_x' }).connectHttp('github-prod', {
      user: 'ana',
      metadata: { team: 'dätà' },
    });
    expect(url).toBe('http://127.0.0.1:4100/v1/mcp/github-prod');
    expect(headers).toMatchObject({
      authorization: 'Bearer ig_x',
      'x-igris-user': 'ana',
      'x-igris-metadata': '{"team":"d\\u00e4t\\u00e0"}',
    });
    expect(headers['x-igris-trace-id']).toMatch(/^ig_trace_[0-9a-f]{32}$/);
  });

  it('refuses an identity that cannot travel in a header', () => {
    expect(() => new Igris({ apiKey: 'x' }).connectHttp('s', { user: 'a\r\nb' })).toThrow(
      'user holds characters',
    );
  });

  it('joins the text of a result and sends who asks', async () => {
    const { igris, requests } = answering(200, {
      jsonrpc: '2.0',
      id: '$id',
      result: { content: [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }] },
    });
    expect(await igris.mcp.callTool('s', 'echo', { m: 1 }, { user: 'ana', traceId: 't' })).toBe('a\nb');
    expect(requests[0]?.headers.get('x-igris-errors')).toBe('http');
    expect(requests[0]?.headers.get('x-igris-trace-id')).toBe('t');
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      method: 'tools/call',
      params: { name: 'echo', arguments: { m: 1 } },
    });
  });

  it('throws a result with isError, and gives it whole when asked', async () => {
    const body = {
      jsonrpc: '2.0',
      id: '$id',
      result: { isError: true, content: [{ type: 'text', text: 'bad row' }] },
    };
    await expect(answering(200, body).igris.mcp.callTool('s', 't')).rejects.toThrow(IgrisToolError);
    expect(await answering(200, body).igris.mcp.callToolRaw('s', 't')).toMatchObject({ isError: true });
  });

  it.each([
    [401, 'auth.invalid', IgrisAuthError],
    [403, 'policy.denied', IgrisPolicyDeniedError],
    [403, 'hold.pending', IgrisHoldPendingError],
    [403, 'hold.denied', IgrisPolicyDeniedError],
    [429, 'rate.limited', IgrisRateLimitError],
    [503, 'session.suspended', IgrisSessionSuspendedError],
    [503, 'policy.unavailable', IgrisError],
    [200, 'policy.denied', IgrisPolicyDeniedError],
  ])('turns %d %s into its class', async (status, reason, type) => {
    const error = await answering(status, refusal(reason, { rule: 'r', retryAfterMs: 250 }))
      .igris.mcp.callTool('s', 't')
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ reason, response: { error: { data: { rule: 'r' } } } });
    if (error instanceof IgrisRateLimitError) expect(error.retryAfterMs).toBe(250);
  });

  it('reads problems of the API', async () => {
    const { igris } = answering(400, { code: 'lens.invalid', title: 'bad', detail: 'There is no field x.' });
    await expect(igris.lens.query('x:1', { from: 'now-1h' })).rejects.toMatchObject({
      reason: 'lens.invalid',
      status: 400,
      message: 'There is no field x.',
    });
  });

  it('says that the gateway cannot be reached', async () => {
    const igris = new Igris({ apiKey: 'x', fetch: () => Promise.reject(new TypeError('refused')) });
    await expect(igris.mcp.callTool('s', 't')).rejects.toMatchObject({
      reason: 'client.unreachable',
      status: 0,
    });
  });
});
