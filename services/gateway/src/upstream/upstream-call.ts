import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { UpstreamFailed, type Cancellation, type UpstreamResponse } from '../ports.js';
import { decodedBody } from './decoded-body.js';
import { asUpstreamFailed, type UpstreamStage } from './upstream-error.js';

/**
 * One request on its way through undici: its answer as a promise of the head and a stream of the body, its failures as
 * `UpstreamFailed`, or the signal's reason when the caller gave up.
 */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly response: Promise<UpstreamResponse>;
  private resolve!: (response: UpstreamResponse) => void;
  private reject!: (error: unknown) => void;
  private stage: UpstreamStage = 'connecting';
  private controller: Dispatcher.DispatchController | null = null;
  private body: Readable | null = null;
  /** The answer so far, when it is read whole. */
  private whole: { readonly status: number; readonly headers: IncomingHttpHeaders; length: number } | null =
    null;
  private readonly chunks: Buffer[] = [];
  private readonly abort = () => this.aborted();

  constructor(
    private readonly signal: Cancellation | undefined,
    /** Called once, when the request has ended in whatever way. */
    private readonly onEnd: () => void,
    private readonly wholeUpTo = 0,
  ) {
    this.response = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    signal?.addEventListener('abort', this.abort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    this.stage = 'sent';
    if (this.signal?.aborted) this.aborted();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.stage = 'answering';
    if (this.wholeUpTo > 0 && isWhole(headers)) {
      this.whole = { status, headers, length: 0 };
      return;
    }
    const raw = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        if (!raw.readableEnded) controller.abort(error ?? new Error('the answer is not wanted any more'));
        done(error);
      },
    });
    this.body = raw;
    try {
      this.resolve({ status, ...decodedBody(raw, headers) });
    } catch (error) {
      this.reject(error);
      raw.destroy();
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.whole !== null) {
      this.whole.length += chunk.length;
      if (this.whole.length <= this.wholeUpTo) this.chunks.push(chunk);
      else controller.abort(new UpstreamFailed('upstream.invalid', true));
      return;
    }
    if (this.body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    this.ended();
    if (this.whole !== null) {
      const { status, headers, length } = this.whole;
      const body = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, length);
      this.resolve({ status, headers, body });
      return;
    }
    this.body?.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.ended();
    const failure = this.signal?.aborted ? this.signal.reason : asUpstreamFailed(error, this.stage);
    this.reject(failure);
    this.body?.destroy(failure as Error);
  }

  private aborted(): void {
    this.reject(this.signal?.reason);
    this.controller?.abort(this.signal?.reason as Error);
  }

  private ended(): void {
    this.signal?.removeEventListener('abort', this.abort);
    this.onEnd();
  }
}

function isWhole(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'];
  const streamed = typeof type === 'string' && type.trimStart().toLowerCase().startsWith('text/event-stream');
  return !streamed && (encoding === undefined || encoding === 'identity');
}
