import { connect, type Socket } from 'node:net';
import type { Endpoint } from '@portcullis/service';
import { HttpAnswers, type HttpAnswer } from './http-answers.js';

/** The connection gave no answer: refused, closed, or not an answer this client reads. */
export class ConnectionFailed extends Error {
  override readonly name = 'ConnectionFailed';
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
  /** Timed out: its answer, should it come, belongs to nobody. */
  abandoned: boolean;
}

/** Questions one connection may have open; more are a policy service that does not keep up. */
const WAITING_LIMIT = 4_096;

/**
 * One HTTP/1.1 connection on which questions are pipelined: they leave as they come and are answered in order. Written
 * by hand because it is on the path of every call: 40 us less at one caller and half the CPU at eight, beside undici
 * (docs/adr/0001-decide-transport.md). It knows what this takes and no more: POST with a body of known length, answers
 * with a length.
 */
export class PipelinedConnection {
  private readonly socket: Socket;
  private readonly waiting: Waiting[] = [];
  private readonly answers = new HttpAnswers();
  private usable = true;

  constructor(
    endpoint: Endpoint,
    /** Everything of a request up to the length: see `requestHead`. */
    private readonly head: string,
    private readonly onUnusable: () => void,
  ) {
    this.socket =
      endpoint.kind === 'unix'
        ? connect({ path: endpoint.path })
        : connect({ host: endpoint.host, port: endpoint.port, noDelay: true, keepAlive: true });
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', (error) =>
      this.fail(new ConnectionFailed('the connection failed', { cause: error })),
    );
    this.socket.on('end', () => this.fail(new ConnectionFailed('the connection was closed')));
    this.socket.on('close', () => this.fail(new ConnectionFailed('the connection was closed')));
  }

  /** Rejects with `ConnectionFailed`, also when there is no answer in time. */
  post(body: string, timeoutMs: number): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length >= WAITING_LIMIT) {
        reject(new ConnectionFailed('too many questions wait for an answer'));
        return;
      }
      const entry: Waiting = {
        resolve,
        reject,
        abandoned: false,
        timer: setTimeout(() => this.abandon(entry), timeoutMs),
      };
      this.waiting.push(entry);
      this.socket.write(`${this.head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close(): void {
    this.fail(new ConnectionFailed('the client is closed'));
  }

  private receive(chunk: Buffer): void {
    let answers: HttpAnswer[];
    try {
      answers = this.answers.push(chunk);
    } catch (error) {
      this.fail(new ConnectionFailed('the answer is not one', { cause: error }));
      return;
    }
    for (const answer of answers) {
      const entry = this.waiting.shift();
      if (entry === undefined) {
        this.fail(new ConnectionFailed('an answer to no question'));
        return;
      }
      clearTimeout(entry.timer);
      if (!entry.abandoned) entry.resolve(answer);
      if (answer.close) this.fail(new ConnectionFailed('the connection was closed'));
    }
  }

  /** Those behind it wait for the same answer first, but have their own time; new questions go to another connection. */
  private abandon(entry: Waiting): void {
    entry.abandoned = true;
    entry.reject(new ConnectionFailed('no answer in time'));
    this.retire();
    if (this.waiting.every((other) => other.abandoned)) this.socket.destroy();
  }

  private retire(): void {
    if (!this.usable) return;
    this.usable = false;
    this.onUnusable();
  }

  private fail(error: ConnectionFailed): void {
    this.retire();
    this.socket.destroy();
    for (const entry of this.waiting.splice(0)) {
      clearTimeout(entry.timer);
      if (!entry.abandoned) entry.reject(error);
    }
  }
}

export function requestHead(path: string, endpoint: Endpoint, token: string): string {
  const host = endpoint.kind === 'unix' ? 'localhost' : `${endpoint.host}:${endpoint.port}`;
  return [
    `POST ${path} HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    'content-length: ',
  ].join('\r\n');
}
