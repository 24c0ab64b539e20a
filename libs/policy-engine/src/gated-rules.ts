import { AffixIndex } from './affix-index.js';
import { UNAVAILABLE } from './attribute.js';
import type { Facts } from './facts.js';
import type { RuleGate } from './rule-gate.js';

/** Rules of one target, found by their gates: those a request cannot match are passed over all at once. */
export class GatedRules {
  private readonly slots: SlotGates[];
  /** Bits of the rules without a gate. */
  private readonly always: Int32Array;
  private readonly open: Int32Array;

  constructor(gates: readonly (RuleGate | null)[]) {
    const words = (gates.length + 31) >> 5;
    this.always = new Int32Array(words);
    this.open = new Int32Array(words);
    const bySlot = new Map<number, SlotGates>();
    gates.forEach((gate, place) => {
      if (gate === null) {
        setBit(this.always, place);
        return;
      }
      let slot = bySlot.get(gate.slot);
      if (!slot) bySlot.set(gate.slot, (slot = new SlotGates(gate.slot)));
      slot.add(gate, place);
    });
    this.slots = [...bySlot.values()];
    for (const slot of this.slots) slot.finish();
  }

  /** Bits of the rules to try, by place. Valid until the next call. */
  openTo(facts: Facts): Int32Array {
    this.open.set(this.always);
    for (const slot of this.slots) slot.open(facts.value(slot.slot), this.take);
    return this.open;
  }

  private readonly take = (places: ArrayLike<number>, from = 0, to = places.length): void => {
    for (let at = from; at < to; at++) setBit(this.open, places[at]!);
  };
}

type Take = (places: ArrayLike<number>, from?: number, to?: number) => void;

/** The gates on one attribute. */
class SlotGates {
  private readonly values = new Map<unknown, number[]>();
  private readonly starts = new AffixIndex('start');
  private readonly ends = new AffixIndex('end');
  private readonly above = new Bounds();
  private readonly below = new Bounds();
  private readonly all: number[] = [];
  /** Places whose rule may be undecidable though the attribute is absent, or of a type the gate is not for. */
  private readonly whenAbsent: number[] = [];
  private readonly whenNoText: number[] = [];
  private readonly whenNoNumber: number[] = [];

  constructor(readonly slot: number) {}

  add(gate: RuleGate, place: number): void {
    this.all.push(place);
    if (gate.undecidable) this.whenAbsent.push(place);
    switch (gate.kind) {
      case 'value':
        for (const value of new Set(gate.values)) {
          const places = this.values.get(value);
          if (places) places.push(place);
          else this.values.set(value, [place]);
        }
        break;
      case 'start':
      case 'end':
        for (const affix of gate.affixes) (gate.kind === 'start' ? this.starts : this.ends).add(affix, place);
        if (gate.undecidable) this.whenNoText.push(place);
        break;
      case 'above':
      case 'below':
        this[gate.kind].add(gate.bound, place);
        if (gate.undecidable) this.whenNoNumber.push(place);
    }
  }

  finish(): void {
    this.above.sort();
    this.below.sort();
  }

  open(value: unknown, take: Take): void {
    if (value === undefined) return take(this.whenAbsent);
    if (value === UNAVAILABLE) return take(this.all);
    const equal = this.values.get(value);
    if (equal) take(equal);
    if (typeof value === 'string') {
      this.starts.find(value, take);
      this.ends.find(value, take);
    } else take(this.whenNoText);
    if (typeof value === 'number') {
      take(this.above.places, 0, this.above.upTo(value));
      take(this.below.places, this.below.before(value));
    } else take(this.whenNoNumber);
  }
}

/** Places by a number, smallest first. */
class Bounds {
  private readonly entries: { bound: number; place: number }[] = [];
  private bounds: number[] = [];
  places: number[] = [];

  add(bound: number, place: number): void {
    this.entries.push({ bound, place });
  }

  sort(): void {
    this.entries.sort((a, b) => a.bound - b.bound);
    this.bounds = this.entries.map(({ bound }) => bound);
    this.places = this.entries.map(({ place }) => place);
  }

  /** How many bounds are less than or equal to the value. */
  upTo(value: number): number {
    return this.count((bound) => bound <= value);
  }

  /** How many bounds are less than the value. */
  before(value: number): number {
    return this.count((bound) => bound < value);
  }

  private count(isBelow: (bound: number) => boolean): number {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBelow(this.bounds[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function setBit(bits: Int32Array, place: number): void {
  bits[place >> 5]! |= 1 << (place & 31);
}
