/**
 * Bounded by entries and by their weight, for keys a stranger chooses. When the young generation is full the old one
 * is dropped; an entry that is used again returns to the young. A flood of new keys costs the flooder's own misses.
 */
export class TwoGenerationCache<Value> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();
  private weight = 0;

  constructor(
    private readonly entriesPerGeneration: number,
    private readonly weightPerGeneration: number,
    private readonly weigh: (value: Value) => number,
  ) {}

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: string): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const before = this.old.get(key);
    if (before !== undefined) {
      this.old.delete(key);
      this.set(key, before);
    }
    return before;
  }

  set(key: string, value: Value): void {
    const weight = this.weigh(value);
    if (weight > this.weightPerGeneration) return;
    if (this.young.size >= this.entriesPerGeneration || this.weight + weight > this.weightPerGeneration) {
      this.old = this.young;
      this.young = new Map();
      this.weight = 0;
    }
    this.young.set(key, value);
    this.weight += weight;
  }
}
