export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The server will close the connection behind this answer. */
  readonly close: boolean;
}

const HEAD_LIMIT = 16 * 1024;
const BODY_LIMIT = 1024 * 1024;
const STATUS = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/;
const LENGTH = /^content-length:[ \t]*(\d{1,9})[ \t]*$/im;
const CHUNKED = /^transfer-encoding:/im;
const CLOSE = /^connection:[ \t]*close[ \t]*$/im;

/** Cuts the bytes of one HTTP/1.1 connection into answers. Takes answers with a length only; throws at all others. */
export class HttpAnswers {
  private rest: Buffer | null = null;

  push(chunk: Buffer): HttpAnswer[] {
    const bytes = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
    const answers: HttpAnswer[] = [];
    let start = 0;
    for (;;) {
      const headEnd = bytes.indexOf('\r\n\r\n', start, 'latin1');
      if (headEnd === -1) {
        if (bytes.length - start > HEAD_LIMIT) throw new Error('the head of an answer is too long');
        break;
      }
      const head = parseHead(bytes.toString('latin1', start, headEnd));
      const bodyStart = headEnd + 4;
      const end = bodyStart + head.length;
      if (bytes.length < end) break;
      answers.push({ status: head.status, close: head.close, body: bytes.toString('utf8', bodyStart, end) });
      start = end;
    }
    this.rest = start === bytes.length ? null : bytes.subarray(start);
    return answers;
  }
}

function parseHead(head: string): { status: number; length: number; close: boolean } {
  const status = Number(STATUS.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new Error('not an HTTP/1.1 answer');
  if (CHUNKED.test(head)) throw new Error('an answer without a length');
  const length = status === 204 ? 0 : Number(LENGTH.exec(head)?.[1]);
  if (Number.isNaN(length)) throw new Error('an answer without a length');
  if (length > BODY_LIMIT) throw new Error('an answer is too long');
  return { status, length, close: CLOSE.test(head) };
}
