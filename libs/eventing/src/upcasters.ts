import type { RecordedEvent } from './event.js';

/** Turns the data of one version of an event type into the next version's. */
export interface Upcaster {
  readonly type: string;
  readonly from: number;
  readonly up: (data: unknown, event: RecordedEvent) => unknown;
}

/**
 * Old shapes to new ones, on read. Stored bytes never change. Types without upcasters, unknown ones included, pass
 * as they are.
 */
export class Upcasters {
  readonly #steps = new Map<string, Map<number, Upcaster['up']>>();

  constructor(upcasters: readonly Upcaster[] = []) {
    for (const { type, from, up } of upcasters) {
      const steps = this.#steps.get(type) ?? new Map<number, Upcaster['up']>();
      if (steps.has(from)) throw new Error(`Two upcasters for ${type} version ${from}.`);
      steps.set(from, up);
      this.#steps.set(type, steps);
    }
  }

  upcast(event: RecordedEvent): RecordedEvent {
    const steps = this.#steps.get(event.type);
    if (!steps) return event;
    let current = event;
    for (let up = steps.get(current.version); up; up = steps.get(current.version)) {
      current = { ...current, version: current.version + 1, data: up(current.data, current) };
    }
    return current;
  }
}
