import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type LookupFunction,
  type Socket,
} from 'node:net';
import type { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { aConnection } from '../../test/fake-policy.js';
import { UpstreamFailed, type UpstreamRequest } from '../ports.js';
import { UndiciUpstreamPool, type UpstreamPoolOptions } from './undici-upstream-pool.js';

const pools: UndiciUpstreamPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});
function aPool(options: Partial<UpstreamPoolOptions> = {}): UndiciUpstreamPool {
  const pool = new UndiciUpstreamPool({
    guard: { allowPrivate: true },
    credentials: { credential: () => null },
    ...options,
  });
  pools.push(pool);
  return pool;
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp?a=1`;
}
const upstream = (listener: RequestListener) => listening(createServer(listener));
const rawUpstream = (answer: (socket: Socket) => void) =>
  listening(
    createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    }),
  );

type Streamed = UpstreamRequest & { readonly wholeUpTo?: undefined };
function toUpstream(upstreamUrl: string, request: Partial<Streamed> = {}, connection = {}): Streamed {
  return {
    connection: aConnection({ upstreamUrl, ...connection }),
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: Buffer.from('{"jsonrpc":"2.0"}'),
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
    ...request,
  };
}
async function text(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
async function failure(promise: Promise<unknown>): Promise<UpstreamFailed> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamFailed);
  return error as UpstreamFailed;
}
/** Any sealed secret will do: the source of credentials is the test's. */
const sealed = { ephemeralKey: 'e', iv: 'i', ciphertext: 'c', tag: 't' };

describe('a request to an upstream', () => {
  it('arrives byte for byte and its answer comes back', async () => {
    const seen: { request?: IncomingMessage; body?: string } = {};
    const url = await upstream((request, response) => {
      void text(request).then((body) => {
        Object.assign(seen, { request, body });
        response.writeHead(202, { 'x-answer': 'yes' }).end('{"ok":true}');
      });
    });
    const response = await aPool().request(toUpstream(url, { body: Buffer.from('{ "é":1e999 }') }));
    expect(response.status).toBe(202);
    expect(response.headers).toMatchObject({ 'x-answer': 'yes' });
    expect(await text(response.body)).toBe('{"ok":true}');
    expect(seen.body).toBe('{ "é":1e999 }');
    expect(seen.request?.url).toBe('/mcp?a=1');
    expect(seen.request?.method).toBe('POST');
    expect(seen.request?.headers).toMatchObject({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    });
    expect(seen.request?.headers).not.toHaveProperty('authorization');
  });

  it.each([
    ['bearer', { type: 'bearer', credential: sealed }, 'authorization', 'Bearer s3cret'],
    ['header', { type: 'header', header: 'X-Api-Key', credential: sealed }, 'x-api-key', 's3cret'],
  ] as const)(
    'carries the credential of a connection of type %s, whatever the caller sent by that name',
    async (_, auth, name, value) => {
      const url = await upstream((request, response) => response.end(String(request.headers[name])));
      const pool = aPool({ credentials: { credential: () => 's3cret' } });
      const response = await pool.request(
        toUpstream(url, { headers: { [name]: 'of the caller' } }, { auth }),
      );
      expect(await text(response.body)).toBe(value);
    },
  );

  it.each(['a\r\nx-injected: 1', 'a\nb', 'a\0b', 'é€', ''])(
    'is not sent with a credential that is no header value (%j)',
    async (credential) => {
      let reached = false;
      const url = await upstream((_request, response) => {
        reached = true;
        response.end();
      });
      const pool = aPool({ credentials: { credential: () => credential } });
      const auth = { type: 'bearer', credential: sealed } as const;
      const error = await failure(pool.request(toUpstream(url, {}, { auth })));
      expect(error).toMatchObject({ reason: 'upstream.unreachable', sent: false });
      expect(reached).toBe(false);
    },
  );

  it('is not sent when the credential cannot be opened', async () => {
    const credential = () => {
      throw new Error('secret.unopened');
    };
    const error = await failure(
      aPool({ credentials: { credential } }).request(
        toUpstream('http://127.0.0.1:1/', {}, { auth: { type: 'bearer', credential: sealed } }),
      ),
    );
    expect(error).toMatchObject({
      reason: 'upstream.unreachable',
      sent: false,
      cause: { message: 'secret.unopened' },
    });
  });

  it.each([301, 302, 303, 307, 308])('is not sent on when the upstream redirects with %i', async (status) => {
    const paths: (string | undefined)[] = [];
    const url = await upstream((request, response) => {
      paths.push(request.url);
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const response = await aPool().request(toUpstream(url));
    expect(response.status).toBe(status);
    response.body.resume();
    await once(response.body, 'close');
    expect(paths).toEqual(['/mcp?a=1']);
  });

  it('streams: what the upstream has said is there before it ends', async () => {
    let end: () => void = () => undefined;
    const url = await upstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      end = () => response.end('data: 2\n\n');
    });
    const response = await aPool().request(toUpstream(url, { method: 'GET', body: null, bodyTimeoutMs: 0 }));
    const iterator = response.body[Symbol.asyncIterator]();
    expect(String((await iterator.next()).value)).toBe('data: 1\n\n');
    end();
    expect(String((await iterator.next()).value)).toBe('data: 2\n\n');
    expect((await iterator.next()).done).toBe(true);
  });

  it('holds the upstream back while nobody reads', async () => {
    let written = 0;
    const url = await upstream((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const fill = () => {
        while (written < 256 * 1024 * 1024 && response.write(chunk)) written += chunk.length;
      };
      response.on('drain', fill);
      fill();
    });
    const response = await aPool().request(toUpstream(url));
    let before = -1;
    await vi.waitFor(
      () => {
        const same = written === before;
        before = written;
        expect(same).toBe(true);
      },
      { interval: 200, timeout: 5_000 },
    );
    expect(written).toBeLessThan(32 * 1024 * 1024);
    response.body.destroy();
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)(
    'has its answer decoded when the upstream compresses with %s all the same',
    async (encoding, compress) => {
      const body = JSON.stringify({ text: 'x'.repeat(100_000) });
      const url = await upstream((_request, response) => {
        const bytes = compress(body);
        response.writeHead(200, { 'content-encoding': encoding, 'content-length': bytes.length }).end(bytes);
      });
      const response = await aPool().request(toUpstream(url));
      expect(response.headers).not.toHaveProperty('content-encoding');
      expect(response.headers).not.toHaveProperty('content-length');
      expect(await text(response.body)).toBe(body);
    },
  );
});

describe('an upstream that fails', () => {
  it('is unreachable when it refuses connections, and nothing was sent', async () => {
    const server = createServer();
    const url = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(aPool().request(toUpstream(url)))).toMatchObject({
      reason: 'upstream.unreachable',
      sent: false,
    });
  });

  it('is unreachable when its name does not resolve', async () => {
    const lookup = ((_host, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])) as LookupFunction;
    const pool = aPool({ guard: { allowPrivate: true, lookup } });
    expect(await failure(pool.request(toUpstream('http://nowhere.example/mcp')))).toMatchObject({
      reason: 'upstream.unreachable',
      sent: false,
    });
  });

  it('is unreachable when it hangs up without an answer, and may have had the request', async () => {
    const url = await rawUpstream((socket) => socket.destroy());
    expect(await failure(aPool().request(toUpstream(url)))).toMatchObject({
      reason: 'upstream.unreachable',
      sent: true,
    });
  });

  it('is too slow when it does not answer', async () => {
    const url = await upstream(() => undefined);
    const error = await failure(aPool().request(toUpstream(url, { headersTimeoutMs: 100 })));
    expect(error).toMatchObject({ reason: 'upstream.timeout', sent: true });
  });

  it('is too slow when it falls silent within its answer', async () => {
    const url = await upstream((_request, response) => void response.writeHead(200).write('half'));
    const response = await aPool().request(toUpstream(url, { bodyTimeoutMs: 100 }));
    expect(await failure(text(response.body))).toMatchObject({ reason: 'upstream.timeout', sent: true });
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a bad length', 'HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(80_000)}\r\n\r\n`],
  ])('is invalid when it answers %s', async (_, bytes) => {
    const url = await rawUpstream((socket) => socket.write(bytes));
    expect(await failure(aPool().request(toUpstream(url)))).toMatchObject({
      reason: 'upstream.invalid',
      sent: true,
    });
  });

  it.each([
    ['hangs up within its answer', { 'content-length': 100 }, Buffer.from('half')],
    ['sends what it says is gzip and is not', { 'content-encoding': 'gzip' }, Buffer.from('half')],
    ['sends half of a gzip', { 'content-encoding': 'gzip' }, gzipSync('x'.repeat(1000)).subarray(0, 15)],
  ])('is invalid when it %s', async (_, headers, bytes) => {
    const url = await upstream((request, response) => {
      response.writeHead(200, headers);
      response.write(bytes);
      setImmediate(() => ('content-length' in headers ? request.socket.destroy() : response.end()));
    });
    const response = await aPool().request(toUpstream(url));
    expect(await failure(text(response.body))).toMatchObject({ reason: 'upstream.invalid', sent: true });
  });

  it('is invalid when it compresses in a way nobody asked for', async () => {
    const url = await upstream((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'zstd' }).end('x'),
    );
    expect(await failure(aPool().request(toUpstream(url)))).toMatchObject({ reason: 'upstream.invalid' });
  });

  it('is asked again by the next request', async () => {
    let healthy = false;
    const url = await upstream((request, response) => {
      if (healthy) response.end('well');
      else request.socket.destroy();
    });
    const pool = aPool();
    await failure(pool.request(toUpstream(url)));
    healthy = true;
    expect(await text((await pool.request(toUpstream(url))).body)).toBe('well');
  });
});

describe('giving up', () => {
  it('rejects with the reason at once, before and after the request was sent', async () => {
    const reason = new Error('the caller is gone');
    const pool = aPool();
    await expect(
      pool.request(toUpstream('http://127.0.0.1:1/', { signal: AbortSignal.abort(reason) })),
    ).rejects.toBe(reason);

    const closed = vi.fn();
    const controller = new AbortController();
    const url = await upstream((_request, response) => {
      response.on('close', closed);
      controller.abort(reason);
    });
    await expect(pool.request(toUpstream(url, { signal: controller.signal }))).rejects.toBe(reason);
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });

  it('fails the body with the reason, and hangs up', async () => {
    const reason = new Error('stopped by an operator');
    const controller = new AbortController();
    const closed = vi.fn();
    const url = await upstream((_request, response) => {
      response.on('close', closed);
      response.writeHead(200).write('first');
    });
    const response = await aPool().request(toUpstream(url, { signal: controller.signal }));
    const reading = text(response.body);
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });

  it('hangs up when the body is destroyed', async () => {
    const closed = vi.fn();
    const url = await upstream((_request, response) => {
      response.on('close', closed);
      response.writeHead(200).write('first');
    });
    const response = await aPool().request(toUpstream(url));
    response.body.destroy();
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });

  it('leaves no listeners on a signal that outlives many requests', async () => {
    const url = await upstream((_request, response) => response.end('x'));
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const pool = aPool();
    for (let i = 0; i < 20; i += 1) await text((await pool.request(toUpstream(url, { signal }))).body);
    expect(added).toHaveBeenCalledTimes(20);
    expect(removed).toHaveBeenCalledTimes(20);
  });
});

describe('the outbound guard', () => {
  const resolvesTo = (address: () => string) =>
    ((_host, options, callback) => {
      if (options.all) callback(null, [{ address: address(), family: 4 }]);
      else callback(null, address(), 4);
    }) as LookupFunction;

  it.each(['127.0.0.1', '[::1]', '169.254.169.254', '10.0.0.1', '[::ffff:127.0.0.1]', '2130706433'])(
    'refuses %s',
    async (host) => {
      const error = await failure(
        aPool({ guard: { allowPrivate: false } }).request(toUpstream(`http://${host}:9/mcp`)),
      );
      expect(error).toMatchObject({
        reason: 'upstream.unreachable',
        sent: false,
        cause: { code: 'outbound.refused' },
      });
    },
  );

  it('refuses a name that resolves to a private address', async () => {
    let reached = false;
    const url = new URL(
      await upstream((_request, response) => {
        reached = true;
        response.end();
      }),
    );
    url.hostname = 'rebind.example';
    const pool = aPool({ guard: { allowPrivate: false, lookup: resolvesTo(() => '127.0.0.1') } });
    expect(await failure(pool.request(toUpstream(url.href)))).toMatchObject({
      cause: { code: 'outbound.refused' },
    });
    expect(reached).toBe(false);
  });

  it('looks at the address again whenever it connects: a name that rebinds is refused', async () => {
    // Nothing listens at the documentation address; what matters is who was asked.
    const addresses = ['127.0.0.1', '169.254.169.254'];
    let asked = 0;
    const url = new URL(
      await upstream((_request, response) => response.writeHead(200, { connection: 'close' }).end('reached')),
    );
    url.hostname = 'rebind.example';
    const pool = aPool({ guard: { allowPrivate: true, lookup: resolvesTo(() => addresses[asked++] ?? '') } });
    expect(await text((await pool.request(toUpstream(url.href))).body)).toBe('reached');
    expect(await failure(pool.request(toUpstream(url.href)))).toMatchObject({
      cause: { code: 'outbound.refused' },
    });
  });
});

describe('the connections of the pool', () => {
  it('are used again by calls of one connection, and never by those of another', async () => {
    const sockets = new Set<Socket>();
    const url = await upstream((request, response) => {
      sockets.add(request.socket);
      response.end('x');
    });
    const pool = aPool();
    const call = async (id: string) => {
      await text((await pool.request(toUpstream(url, {}, { id }))).body);
      // undici lets a turn of the event loop go by before it trusts a connection again.
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (let i = 0; i < 5; i += 1) await call('one');
    expect(sockets.size).toBe(1);
    await call('two');
    expect(sockets.size).toBe(2);
  });

  it('stay within the bound, however many upstreams there are, and none is cut while in use', async () => {
    let answer: () => void = () => undefined;
    const url = await upstream((request, response) => {
      if (request.method === 'GET') answer = () => response.end('late');
      else response.end('x');
    });
    const pool = aPool({ maxUpstreams: 3 });
    const slow = pool.request(toUpstream(url, { method: 'GET', body: null }, { id: 'slow' }));
    for (let i = 0; i < 20; i += 1)
      await text((await pool.request(toUpstream(url, {}, { id: `c${i}` }))).body);
    expect(pool.size).toBe(3);
    answer();
    expect(await text((await slow).body)).toBe('late');
  });

  it('are closed when nobody used them for a minute', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const url = await upstream((_request, response) => response.end('x'));
      const pool = aPool();
      await text((await pool.request(toUpstream(url))).body);
      vi.advanceTimersByTime(50_000);
      expect(pool.size).toBe(1);
      vi.advanceTimersByTime(50_000);
      expect(pool.size).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('an answer that is read whole', () => {
  const whole = (url: string, wholeUpTo = 100, more: Partial<Streamed> = {}) =>
    aPool().request({ ...toUpstream(url, more), wholeUpTo });

  it('comes as bytes, in however many pieces it was sent', async () => {
    const url = await upstream((_request, response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.write('{"a":');
      setImmediate(() => response.end('1}'));
    });
    const { status, body } = await whole(url);
    expect(status).toBe(201);
    expect(body).toEqual(Buffer.from('{"a":1}'));
  });

  it('is empty where there is none', async () => {
    const url = await upstream((_request, response) => response.writeHead(202).end());
    expect((await whole(url)).body).toEqual(Buffer.alloc(0));
  });

  it('is refused over the limit, and taken at it', async () => {
    const url = await upstream((_request, response) => response.end('x'.repeat(101)));
    expect(await failure(whole(url))).toMatchObject({ reason: 'upstream.invalid', sent: true });
    expect((await whole(url, 101)).body).toHaveLength(101);
  });

  it('fails when the upstream closes within it, or the caller gives up', async () => {
    const url = await upstream((_request, response) => {
      response.writeHead(200, { 'content-length': '50' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await failure(whole(url))).toMatchObject({ reason: 'upstream.invalid', sent: true });
    const hanging = await upstream((_request, response) => void response.writeHead(200).write('half'));
    const abort = new AbortController();
    const given = whole(hanging, 100, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(given).rejects.toThrow('enough');
  });

  it('stays a stream where it is one, or comes compressed', async () => {
    const events = await upstream((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).end('data: 1\n\n'),
    );
    expect(await text((await whole(events)).body as Readable)).toBe('data: 1\n\n');
    const packed = await upstream((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}')),
    );
    expect(await text((await whole(packed)).body as Readable)).toBe('{"a":1}');
  });
});
