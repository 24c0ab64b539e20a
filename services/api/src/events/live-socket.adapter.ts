import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';

/** Largest message of a client: a subscription, and a bit. */
const MESSAGE_LIMIT = 32 * 1024;

export interface LiveSocketOptions {
  readonly allowedOrigins: readonly string[];
  readonly publicUrl: string | undefined;
}

type ServerOptions = NonNullable<Parameters<IoAdapter['createIOServer']>[1]>;

/** socket.io on the API's own port, for programs and for pages of the origins that may call the API. */
export class LiveSocketAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly live: LiveSocketOptions,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): ReturnType<IoAdapter['createIOServer']> {
    const { allowedOrigins } = this.live;
    return super.createIOServer(port, {
      ...(options ?? {}),
      serveClient: false,
      maxHttpBufferSize: MESSAGE_LIMIT,
      connectTimeout: 10_000,
      ...(allowedOrigins.length > 0 ? { cors: { origin: [...allowedOrigins], credentials: true } } : {}),
      allowRequest: (request: IncomingMessage, decide: (error: string | null, success: boolean) => void) =>
        decide(isOwnPage(request, this.live) ? null : 'auth.origin_forbidden', isOwnPage(request, this.live)),
    } as ServerOptions);
  }
}

/** A page of another site must not use the cookie of whoever looks at it. Programs send no Origin. */
export function isOwnPage(
  { headers }: Pick<IncomingMessage, 'headers'>,
  { allowedOrigins, publicUrl }: LiveSocketOptions,
): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (allowedOrigins.includes(origin)) return true;
  if (publicUrl !== undefined && URL.canParse(publicUrl) && new URL(publicUrl).origin === origin) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
