import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { Problem } from '@portcullis/contracts';
import type { FastifyInstance } from 'fastify';
import { pageHeaders } from './page-headers.js';

/** Stands in the built index.html where the nonce of one answer goes. */
const NONCE_MARK = /__CSP_NONCE__/g;

/** Addresses of the API: what is not there is a 404 for a program, never a page. */
const NOT_PAGES = /^\/(api|assets|socket\.io|metrics)(\/|$|\?)/;

/**
 * Serves the built dashboard: hashed assets for a year, packed when the build packed them, and index.html for every
 * address that is not the API's, since the dashboard routes by itself. False when nothing is built at `folder`: the
 * API then serves without it.
 */
export async function serveDashboard(app: FastifyInstance, folder: string): Promise<boolean> {
  const indexFile = join(folder, 'index.html');
  if (!existsSync(indexFile)) return false;
  const index = await readFile(indexFile, 'utf8');

  const packed = { preCompressed: true, decorateReply: false, index: false, setHeaders: nosniff } as const;
  await app.register(fastifyStatic, {
    ...packed,
    root: join(folder, 'assets'),
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
  });
  await app.register(fastifyStatic, {
    ...packed,
    root: folder,
    prefix: '/',
    wildcard: false,
    globIgnore: ['index.html', 'assets/**', '**/*.br', '**/*.gz'],
    maxAge: '5m',
  });

  app.get('/*', (request, reply) => {
    if (NOT_PAGES.test(request.url))
      return reply
        .status(404)
        .header('content-type', 'application/problem+json')
        .send(JSON.stringify(NOTHING_HERE));
    const nonce = randomBytes(16).toString('base64url');
    return reply
      .headers(pageHeaders(nonce))
      .type('text/html; charset=utf-8')
      .send(index.replace(NONCE_MARK, nonce));
  });
  return true;
}

const NOTHING_HERE: Problem = {
  type: 'about:blank',
  title: 'There is no such address.',
  status: 404,
  code: 'route.not_found',
};

function nosniff(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('x-content-type-options', 'nosniff');
}
