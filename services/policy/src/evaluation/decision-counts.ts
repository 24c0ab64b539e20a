import { BoundedMap } from '../state/bounded-map.js';

/** Gateway processes counted at once; each start of a gateway is one. */
const LIMIT = 1_024;

export type DecisionCount = 'forwarded' | 'refused' | 'unidentified';

/**
 * How many decisions each gateway process was given: a second witness beside the gateway's own records, should it and
 * its disk vanish together. Every `forwarded` and `refused` one must be found in the audit history.
 */
export class DecisionCounts {
  readonly #counts = new BoundedMap<
    string,
    { gateway: string; epoch: string } & Record<DecisionCount, number>
  >(LIMIT);

  count(gateway: string, epoch: string, what: DecisionCount): void {
    const process = `${gateway}\n${epoch}`;
    let counts = this.#counts.get(process);
    if (!counts) {
      counts = { gateway, epoch, forwarded: 0, refused: 0, unidentified: 0 };
      this.#counts.set(process, counts);
    }
    counts[what] += 1;
  }

  *[Symbol.iterator](): IterableIterator<
    { readonly gateway: string; readonly epoch: string } & Readonly<Record<DecisionCount, number>>
  > {
    for (const [, counts] of this.#counts.entries()) yield counts;
  }
}
