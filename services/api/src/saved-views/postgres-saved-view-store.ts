import { isUnavailable, violatedUnique, type Database, type SqlSession } from '@portcullis/postgres';
import { ProblemError } from '@portcullis/service';
import type { SavedView } from './saved-view.js';
import { SavedViewNameTaken, SavedViewStore } from './saved-view-store.js';

interface Row {
  readonly id: string;
  readonly tenant_id: string;
  readonly owner: string;
  readonly owner_name: string;
  readonly name: string;
  readonly q: string;
  readonly range_from: string;
  readonly range_to: string;
  readonly columns: string[];
  readonly shared: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const NAMES = 'saved_views_names';

export class PostgresSavedViewStore extends SavedViewStore {
  constructor(private readonly database: Pick<Database, 'query' | 'transaction'>) {
    super();
  }

  async list({ tenantId, owner, limit, after }: Parameters<SavedViewStore['list']>[0]): Promise<SavedView[]> {
    // Ordered by bytes: the order of a page must not depend on the collation of the database.
    const rows = await this.query<Row>(
      `select * from api.saved_views where tenant_id = $1 and (shared or owner = $2)
         and ($4::text is null or (name collate "C", id) > ($4 collate "C", $5::uuid))
       order by name collate "C", id limit $3`,
      [tenantId, owner, limit, after?.name ?? null, after?.id ?? null],
    );
    return rows.map(viewOf);
  }

  async find(tenantId: string, id: string): Promise<SavedView | null> {
    const [row] = await this.query<Row>('select * from api.saved_views where tenant_id = $1 and id = $2', [
      tenantId,
      id,
    ]);
    return row ? viewOf(row) : null;
  }

  async add(view: SavedView, most: number): Promise<boolean> {
    return this.guarded(() =>
      this.database.transaction(async (session: SqlSession) => {
        // One writer for each owner, so that the count holds.
        await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `portcullis.saved_views.${view.tenantId}.${view.owner.id}`,
        ]);
        const [counted] = await session.query<{ n: string }>(
          'select count(*) as n from api.saved_views where tenant_id = $1 and owner = $2',
          [view.tenantId, view.owner.id],
        );
        if (Number(counted?.n ?? 0) >= most) return false;
        await session.query(
          `insert into api.saved_views (id, tenant_id, owner, owner_name, name, q, range_from, range_to, columns, shared, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
          [
            view.id,
            view.tenantId,
            view.owner.id,
            view.owner.name,
            view.name,
            view.q,
            view.from,
            view.to,
            view.columns,
            view.shared,
            view.createdAt,
            view.updatedAt,
          ],
        );
        return true;
      }),
    );
  }

  async change(view: SavedView): Promise<SavedView | null> {
    const [row] = await this.query<Row>(
      `update api.saved_views set name = $4, q = $5, range_from = $6, range_to = $7, columns = $8, shared = $9, updated_at = $10
       where tenant_id = $1 and id = $2 and owner = $3 returning *`,
      [
        view.tenantId,
        view.id,
        view.owner.id,
        view.name,
        view.q,
        view.from,
        view.to,
        view.columns,
        view.shared,
        view.updatedAt,
      ],
    );
    return row ? viewOf(row) : null;
  }

  async remove({ tenantId, id, owner }: Pick<SavedView, 'tenantId' | 'id' | 'owner'>): Promise<boolean> {
    const rows = await this.query<Row>(
      'delete from api.saved_views where tenant_id = $1 and id = $2 and owner = $3 returning id',
      [tenantId, id, owner.id],
    );
    return rows.length > 0;
  }

  private query<Found>(sql: string, parameters: readonly unknown[]): Promise<Found[]> {
    return this.guarded(() => this.database.query<Found>(sql, parameters));
  }

  private async guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (violatedUnique(error) === NAMES) throw new SavedViewNameTaken();
      if (isUnavailable(error))
        throw new ProblemError(
          { code: 'saved_view.unavailable', status: 503, title: 'Saved views cannot be reached right now.' },
          { cause: error },
        );
      throw error;
    }
  }
}

function viewOf(row: Row): SavedView {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    owner: { id: row.owner, name: row.owner_name },
    name: row.name,
    q: row.q,
    from: row.range_from,
    to: row.range_to,
    columns: row.columns,
    shared: row.shared,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
