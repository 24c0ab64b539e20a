/** A Lens query kept under a name: what is asked, of what time, and how it is shown. */
export interface SavedView extends SavedViewChoice {
  readonly id: string;
  readonly tenantId: string;
  readonly owner: SavedViewOwner;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SavedViewChoice {
  readonly name: string;
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
  readonly shared: boolean;
}

/** A member, or a key that has no owner. */
export interface SavedViewOwner {
  readonly id: string;
  readonly name: string;
}

/** Views one person may keep. */
export const MOST_VIEWS = 200;
