import { attributeNamed, type Attribute } from './attribute.js';
import { PATTERN_STEPS } from './policy-bounds.js';
import type { PolicyRequest } from './policy-request.js';
import { ZoneClock } from './zone-clock.js';

export interface Slot {
  index: number;
  attribute: Attribute;
}

/** Gives each attribute that the rules of one set read a place, so that a request's value is looked up once. */
export class AttributeTable {
  readonly attributes: Attribute[] = [];
  private readonly slots = new Map<string, Slot>();
  private readonly clocks = new Map<string, ZoneClock>();

  slot(path: string, zone: string): Slot | { problem: string } {
    const key = path.startsWith('time.') ? `${path}@${zone}` : path;
    const known = this.slots.get(key);
    if (known) return known;
    const attribute = attributeNamed(path, this.clock(zone));
    if ('problem' in attribute) return attribute;
    const slot = { index: this.attributes.push(attribute) - 1, attribute };
    this.slots.set(key, slot);
    return slot;
  }

  /** Throws RangeError on an unknown zone. */
  clock(zone: string): ZoneClock {
    const known = this.clocks.get(zone);
    if (known) return known;
    const clock = new ZoneClock(zone);
    this.clocks.set(zone, clock);
    return clock;
  }
}

const UNREAD = Symbol('unread');

/** What one evaluation knows of its request, read as rules ask for it. */
export class Facts {
  private readonly values: unknown[];
  private elements: Map<number, Set<unknown>> | undefined;
  /** What is left of PATTERN_STEPS. */
  steps = PATTERN_STEPS;

  constructor(
    readonly request: PolicyRequest,
    private readonly attributes: readonly Attribute[],
  ) {
    this.values = new Array<unknown>(attributes.length).fill(UNREAD);
  }

  /** Undefined when missing; null counts as missing. */
  value(slot: number): unknown {
    const value = this.values[slot];
    return value === UNREAD
      ? (this.values[slot] = this.attributes[slot]!.read(this.request) ?? undefined)
      : value;
  }

  /** False when the evaluation has no steps left for this. */
  spend(steps: number): boolean {
    this.steps -= steps;
    return this.steps >= 0;
  }

  /** Whether a list holds an element; the list is indexed once, however many rules ask. */
  holds(slot: number, list: readonly unknown[], element: unknown): boolean {
    if (list.length <= 16) return list.includes(element);
    this.elements ??= new Map();
    let elements = this.elements.get(slot);
    if (!elements) this.elements.set(slot, (elements = new Set(list)));
    return elements.has(element);
  }
}
