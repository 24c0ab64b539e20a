import type { SavedView } from './saved-view.js';

/**
 * Where views are kept. Every read names the organization, so that another's views do not exist. Rejects with
 * `SavedViewNameTaken` when the owner has a view of that name.
 */
export abstract class SavedViewStore {
  /** The owner's views and the shared ones, by name and id; those after `after`. */
  abstract list(of: {
    tenantId: string;
    owner: string;
    limit: number;
    after?: { name: string; id: string };
  }): Promise<SavedView[]>;
  /** One view of the organization, whoever owns it. */
  abstract find(tenantId: string, id: string): Promise<SavedView | null>;
  /** Keeps a new view; false when the owner has `most` already. */
  abstract add(view: SavedView, most: number): Promise<boolean>;
  /** Replaces what can be chosen of a view; null when its owner has none of that id. */
  abstract change(view: SavedView): Promise<SavedView | null>;
  abstract remove(view: Pick<SavedView, 'tenantId' | 'id' | 'owner'>): Promise<boolean>;
}

export class SavedViewNameTaken extends Error {
  override readonly name = 'SavedViewNameTaken';
}
