/**
 * Tells readers of appended topics, at most every `intervalMs`: NOTIFY takes a lock that is shared by the whole
 * Postgres cluster, so it is neither part of the append's transaction nor sent for each append.
 */
export class AppendNotifier {
  readonly #notify: (topicIds: readonly number[]) => Promise<void>;
  readonly #intervalMs: number;
  readonly #topics = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #sentAt = -Infinity;
  #sending: Promise<void> = Promise.resolve();

  constructor(notify: (topicIds: readonly number[]) => Promise<void>, intervalMs: number) {
    this.#notify = notify;
    this.#intervalMs = intervalMs;
  }

  appended(topicId: number): void {
    this.#topics.add(topicId);
    if (this.#timer) return;
    const wait = this.#sentAt + this.#intervalMs - performance.now();
    if (wait <= 0) this.#send();
    else this.#timer = setTimeout(() => this.#send(), wait);
  }

  async close(): Promise<void> {
    if (this.#timer) this.#send();
    await this.#sending;
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentAt = performance.now();
    const topics = [...this.#topics];
    this.#topics.clear();
    // A lost notification costs a reader one poll.
    this.#sending = this.#notify(topics).catch(() => undefined);
  }
}
