/** A map that never holds more than `limit` entries: the one not used for longest goes first. */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Without counting as use. */
  peek(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Returns the entry that had to go. */
  set(key: Key, value: Value): Value | undefined {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.limit) return undefined;
    const oldest = this.#entries.keys().next().value as Key;
    const dropped = this.#entries.get(oldest);
    this.#entries.delete(oldest);
    return dropped;
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  entries(): IterableIterator<[Key, Value]> {
    return this.#entries.entries();
  }
}
