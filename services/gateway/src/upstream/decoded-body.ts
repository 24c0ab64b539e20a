import type { IncomingHttpHeaders } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { UpstreamFailed } from '../ports.js';
import { asUpstreamFailed } from './upstream-error.js';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The body as it was before the upstream compressed it, although it was asked not to. Throws `UpstreamFailed` for an
 * encoding nobody asked for and this gateway cannot read.
 */
export function decodedBody(
  body: Readable,
  headers: IncomingHttpHeaders,
): { body: Readable; headers: IncomingHttpHeaders } {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return { body, headers };
  const create = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (create === undefined) {
    throw new UpstreamFailed('upstream.invalid', true, {
      cause: new Error(`content-encoding ${encoding.slice(0, 40)}`),
    });
  }
  const decoder = create();
  failWithUpstreamFailed(decoder);
  // Either side that fails or is destroyed takes the other along.
  pipeline(body, decoder, () => undefined);
  const { 'content-encoding': _encoding, 'content-length': _length, ...others } = headers;
  return { body: decoder, headers: others };
}

/** A decoder's own errors speak of zlib. */
function failWithUpstreamFailed(decoder: Transform): void {
  const destroy = decoder._destroy.bind(decoder);
  decoder._destroy = (error, done) => {
    destroy(error, (failed) => done(failed ? asUpstreamFailed(failed, 'answering') : null));
  };
}
