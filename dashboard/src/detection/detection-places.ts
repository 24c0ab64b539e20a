import type { DetectionSettings, DetectionView } from './detection-queries.js';

/** The organization, or one connection of it. */
export interface Place {
  /** Connection id; null: the organization. */
  readonly connectionId: string | null;
  readonly name: string;
  readonly settings: DetectionSettings;
}

const INHERITED: DetectionSettings = { rateMultiplier: null, rateMinCalls: null, off: null };

/** The organization first, then every connection, whether it has settings of its own or not. */
export function placesOf(
  view: DetectionView,
  connections: readonly { readonly id: string; readonly slug: string }[],
): Place[] {
  const own = new Map(
    view.connections.map(({ connectionId, slug: _, ...settings }) => [connectionId, settings]),
  );
  return [
    { connectionId: null, name: 'Every connection', settings: view.organization },
    ...connections.map(({ id, slug }) => ({
      connectionId: id,
      name: slug,
      settings: own.get(id) ?? INHERITED,
    })),
  ];
}

/** `5×`, or where the figure comes from. */
export function figureText(place: Place, value: number | null, suffix: string): string {
  if (value !== null) return `${value}${suffix}`;
  return place.connectionId === null ? 'Default' : 'As every connection';
}
