import type { ChannelTarget } from './channel.js';

const HIDDEN = '[hidden]';
/** Shorter pieces of an address are words, not secrets. */
const PIECE = 8;

/** An answer as it may be shown: receivers, and what stands before them, like to repeat the address they were called at. */
export function withoutSecrets(response: string | null, { settings, secrets }: ChannelTarget): string | null {
  if (response === null) return null;
  const { url } = (settings ?? {}) as { url?: unknown };
  const known = typeof url === 'string' ? [...secrets, url] : secrets;
  const pieces = new Set(known.flatMap(piecesOf));
  // Longest first: what holds another one goes with it.
  return [...pieces]
    .sort((a, b) => b.length - a.length)
    .reduce((text, piece) => text.replaceAll(piece, HIDDEN), response);
}

function piecesOf(secret: string): string[] {
  const pieces = [secret, secret.replace(/^whsec_/, '')];
  if (URL.canParse(secret)) {
    const { pathname, search, searchParams } = new URL(secret);
    pieces.push(pathname + search, pathname, ...pathname.split('/'), ...searchParams.values());
  }
  return pieces.flatMap((piece) => [piece, decoded(piece)]).filter((piece) => piece.length >= PIECE);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
