import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '@portcullis/service';

export interface OwnOrigins {
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
}

export const OWN_ORIGINS = Symbol('OWN_ORIGINS');

const READS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what a page of another site may have sent with the cookie of whoever looks at it: a write needs an Origin of
 * ours, and its body must be JSON, which no form can send. `cookie` says whether it came with one; without, a program that names no Origin
 * is let through.
 */
export function refuseForeignPage(
  { method, headers }: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders },
  { cookie, origins }: { readonly cookie: boolean; readonly origins: OwnOrigins },
): void {
  if (READS.includes(method ?? 'GET')) return;
  const { origin } = headers;
  if (
    origin === undefined
      ? cookie || headers['sec-fetch-site'] !== undefined
      : !isOwnOrigin(origin, headers, origins)
  ) {
    throw new ProblemError({
      code: 'auth.origin_forbidden',
      status: 403,
      title: 'A page of this origin may not do this.',
    });
  }
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody && headers['content-type'] === undefined) return;
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new ProblemError({
      code: 'request.unsupported_media_type',
      status: 415,
      title: 'The content type must be application/json.',
    });
  }
}

/** The page's own address, the public one, or one that was allowed. `null` never is. */
function isOwnOrigin(
  origin: string,
  headers: IncomingHttpHeaders,
  { publicUrl, allowedOrigins }: OwnOrigins,
): boolean {
  if (allowedOrigins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (publicUrl !== undefined && page.origin === new URL(publicUrl).origin) return true;
  // `same-site` is another port or name of the same machine.
  const site = headers['sec-fetch-site'];
  const own = `${page.protocol}//${headers.host ?? ''}`;
  return (
    URL.canParse(own) && page.host === new URL(own).host && (site === undefined || site === 'same-origin')
  );
}
