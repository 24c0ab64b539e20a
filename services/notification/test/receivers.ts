import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { SMTPServer } from 'smtp-server';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Behaviour =
  'ok' | 'hang' | 'redirect' | 'fail' | 'gone' | 'refuse' | 'busy' | 'close' | 'flood' | 'echo' | 'repeat';

/** A receiver of webhooks that does as it is told. */
export async function startHttpReceiver({ redirectTo = 'http://169.254.169.254/' } = {}) {
  const received: Received[] = [];
  let behaviour: Behaviour = 'ok';
  const answers: Record<Behaviour, RequestListener> = {
    ok: (_, response) => response.writeHead(200).end('taken'),
    hang: () => undefined,
    redirect: (_, response) => response.writeHead(302, { location: redirectTo }).end(),
    fail: (_, response) => response.writeHead(500).end('<b>broken</b>\u0000'),
    gone: (_, response) => response.writeHead(410).end(),
    refuse: (_, response) => response.writeHead(400).end('no such thing'),
    busy: (_, response) => response.writeHead(429, { 'retry-after': '120' }).end(),
    echo: (request, response) =>
      response.writeHead(500).end(`nothing at ${request.url}, ${request.url?.split(/[/?]/)[2]}`),
    repeat: (request, response) =>
      response
        .writeHead(500)
        .end(`${request.url} ${received.at(-1)?.body} ${JSON.stringify(request.headers)}`),
    close: (request) => request.socket.destroy(),
    flood: (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    },
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      answers[behaviour](request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    becomes: (next: Behaviour) => (behaviour = next),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Mail {
  readonly from: string;
  readonly to: string[];
  readonly text: string;
}

/** A mail server that keeps what it is sent, or answers each message with the given reply. */
export async function startMailServer(
  reply: () => { code: number; text: string } | null = () => null,
  { asksForLogin = false } = {},
) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: !asksForLogin,
    allowInsecureAuth: true,
    disabledCommands: asksForLogin ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    onAuth: ({ username, password }, _, done) =>
      done(Object.assign(new Error(`not the password: ${username} ${password}`), { responseCode: 535 })),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const refusal = reply();
        if (refusal !== null)
          return done(Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
  });
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    mails,
    url: `smtp://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/**
 * A syslog receiver over TCP; over TLS with a certificate. `leavesOpen`: it never ends a connection, as some do.
 */
export async function startSyslogReceiver({
  leavesOpen = false,
  certificate,
}: {
  readonly leavesOpen?: boolean;
  readonly certificate?: { readonly cert: string; readonly key: string };
} = {}) {
  let bytes = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    socket.on('error', () => undefined);
  };
  const server = certificate
    ? createTlsServer(certificate, onConnection)
    : createTcpServer({ allowHalfOpen: leavesOpen }, onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** Octet-counted frames (RFC 6587). */
    frames: (): string[] => {
      const frames: string[] = [];
      for (let at = 0; at < bytes.length;) {
        const space = bytes.indexOf(32, at);
        const length = Number(bytes.toString('ascii', at, space));
        frames.push(bytes.toString('utf8', space + 1, space + 1 + length));
        at = space + 1 + length;
      }
      return frames;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
