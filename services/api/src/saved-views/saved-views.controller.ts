import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { MOST_VIEWS, type SavedView, type SavedViewOwner } from './saved-view.js';
import { SavedViewNameTaken, SavedViewStore } from './saved-view-store.js';
import { changeSavedView, createSavedView, deleteSavedView, listSavedViews } from './saved-views.routes.js';
import { openViewCursor, viewCursor } from './view-cursor.js';

@Controller()
export class SavedViewsController {
  constructor(@Inject(SavedViewStore) private readonly views: SavedViewStore) {}

  @ApiRoute(listSavedViews)
  async list(@CurrentCaller() caller: Caller, @Input() { query }: RouteInput<typeof listSavedViews>) {
    const { tenantId } = caller.principal;
    const owner = ownerOf(caller);
    const after = query.cursor === undefined ? undefined : openViewCursor(query.cursor);
    const found = await this.views.list({
      tenantId,
      owner: owner.id,
      limit: query.limit + 1,
      ...(after ? { after } : {}),
    });
    const page = found.slice(0, query.limit);
    const last = found.length > page.length ? page.at(-1) : undefined;
    return { data: page.map((view) => shown(view, owner)), meta: { cursor: last ? viewCursor(last) : null } };
  }

  @ApiRoute(createSavedView)
  async create(@CurrentCaller() caller: Caller, @Input() { body }: RouteInput<typeof createSavedView>) {
    const now = new Date();
    const owner = ownerOf(caller);
    const view: SavedView = {
      id: randomUUID(),
      tenantId: caller.principal.tenantId,
      owner,
      ...body,
      createdAt: now,
      updatedAt: now,
    };
    const added = await named(() => this.views.add(view, MOST_VIEWS));
    if (!added)
      throw new ProblemError({
        code: 'saved_view.too_many',
        status: 409,
        title: `A person may keep ${MOST_VIEWS} views. Delete one first.`,
      });
    return { data: shown(view, owner), meta: {} };
  }

  @ApiRoute(changeSavedView)
  async change(
    @CurrentCaller() caller: Caller,
    @Input() { params, body }: RouteInput<typeof changeSavedView>,
  ) {
    const owner = ownerOf(caller);
    const view = await this.own(caller, params.id);
    const chosen = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const changed = await named(() => this.views.change({ ...view, ...chosen, updatedAt: new Date() }));
    if (changed === null) throw notFound();
    return { data: shown(changed, owner), meta: {} };
  }

  @ApiRoute(deleteSavedView)
  async remove(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof deleteSavedView>) {
    const view = await this.own(caller, params.id);
    if (!(await this.views.remove(view))) throw notFound();
    return { data: shown(view, ownerOf(caller)), meta: {} };
  }

  /** The caller's view of that id. Another's private one does not exist; another's shared one may be read, not changed. */
  private async own(caller: Caller, id: string): Promise<SavedView> {
    const view = await this.views.find(caller.principal.tenantId, id);
    if (view === null || (view.owner.id !== ownerOf(caller).id && !view.shared)) throw notFound();
    if (view.owner.id !== ownerOf(caller).id) {
      throw new ProblemError({
        code: 'saved_view.not_yours',
        status: 403,
        title: 'Only its owner changes a view. Save your own copy instead.',
      });
    }
    return view;
  }
}

/** The person behind the caller: a key's owner sees the same views when signed in. */
function ownerOf({ principal }: Caller): SavedViewOwner {
  return { id: principal.ownerId ?? principal.id, name: principal.name };
}

function shown(
  { id, owner, name, q, from, to, columns, shared, createdAt, updatedAt }: SavedView,
  caller: SavedViewOwner,
) {
  return {
    id,
    name,
    q,
    from,
    to,
    columns,
    shared,
    owner,
    mine: owner.id === caller.id,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

async function named<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SavedViewNameTaken)
      throw new ProblemError({
        code: 'saved_view.name_taken',
        status: 409,
        title: 'You have a view of that name.',
      });
    throw error;
  }
}

function notFound(): ProblemError {
  return new ProblemError({ code: 'saved_view.not_found', status: 404, title: 'No such view.' });
}
