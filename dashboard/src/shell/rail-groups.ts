import type { Scope } from '@portcullis/contracts';
import { RAIL_GROUPS, type Feature, type RailEntry } from '../app/feature.js';

export interface RailGroup {
  readonly name: (typeof RAIL_GROUPS)[number];
  readonly entries: readonly RailEntry[];
}

/** The rail of a person who may do certain things: groups in their order, entries in theirs, nothing empty. */
export function railGroups(features: readonly Feature[], may: (scope: Scope) => boolean): RailGroup[] {
  const entries = features
    .flatMap(({ rail = [] }) => rail)
    .filter(({ scope }) => scope === undefined || may(scope))
    .sort((a, b) => a.order - b.order);
  return RAIL_GROUPS.map((name) => ({ name, entries: entries.filter(({ group }) => group === name) })).filter(
    (group) => group.entries.length > 0,
  );
}
