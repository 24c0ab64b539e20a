import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One numbered statement. What is applied once is never edited: a change is a new file. */
export interface Migration {
  readonly number: number;
  /** `0001_create_audit_events`. */
  readonly name: string;
  /** The statement as written, with placeholders. */
  readonly template: string;
  /** SHA-256 of the template, hex; line ends and trailing blanks do not count. */
  readonly checksum: string;
}

/** How tables are made: on one node, or on every replica of a cluster. */
export type Topology =
  { readonly kind: 'single' } | { readonly kind: 'replicated'; readonly cluster: string };

export class MigrationError extends Error {
  constructor(
    readonly code: `migrations.${'file_name' | 'sequence' | 'statement' | 'edited' | 'missing' | 'locked'}`,
    detail: string,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'MigrationError';
  }
}

const FILE = /^(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)+)\.sql$/;
const CLUSTER = /^[A-Za-z0-9_.-]{1,64}$/;

/** Reads `NNNN_verb_what.sql` files; numbers start at 1 and leave no hole. */
export function loadMigrations(directory: string): Migration[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, index) => {
    const match = FILE.exec(file);
    if (!match) throw new MigrationError('migrations.file_name', `${file} is not named NNNN_verb_what.sql`);
    const number = Number(match[1]);
    if (number !== index + 1) {
      throw new MigrationError(
        'migrations.sequence',
        `${file} should have the number ${String(index + 1).padStart(4, '0')}`,
      );
    }
    return defineMigration(
      number,
      file.slice(0, -'.sql'.length),
      readFileSync(join(directory, file), 'utf8'),
    );
  });
}

export function defineMigration(number: number, name: string, text: string): Migration {
  const template = text.replace(/\r\n/g, '\n').trim();
  checkStatement(name, template);
  return { number, name, template, checksum: createHash('sha256').update(template).digest('hex') };
}

/**
 * Fills the placeholders:
 * - `{{on_cluster}}`: nothing, or the ON CLUSTER clause;
 * - `{{engine ReplacingMergeTree(version)}}`: that engine, or its Replicated form.
 */
export function renderMigration(migration: Pick<Migration, 'template'>, topology: Topology): string {
  if (topology.kind === 'replicated' && !CLUSTER.test(topology.cluster))
    throw new TypeError('not a cluster name');
  return migration.template
    .replaceAll('{{on_cluster}}', topology.kind === 'single' ? '' : `ON CLUSTER '${topology.cluster}'`)
    .replace(/\{\{engine (\w+)\(([^{}]*)\)\}\}/g, (_whole, engine: string, parameters: string) => {
      if (topology.kind === 'single') return `${engine}(${parameters})`;
      const path = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'";
      return `Replicated${engine}(${parameters === '' ? path : `${path}, ${parameters}`})`;
    });
}

/**
 * One statement a file, and one that may run twice: a process can die between the statement and the note that it ran.
 */
function checkStatement(name: string, template: string): void {
  const sql = template
    .replace(/--[^\n]*/g, '')
    .replace(/'(?:[^'\\]|\\.|'')*'/g, "''")
    .trim()
    .replace(/;$/, '');
  if (sql === '') throw new MigrationError('migrations.statement', `${name} is empty`);
  if (sql.includes(';'))
    throw new MigrationError('migrations.statement', `${name} holds more than one statement`);
  if (/^(CREATE|DROP)\b/i.test(sql) && !/\bIF (NOT )?EXISTS\b/i.test(sql)) {
    throw new MigrationError('migrations.statement', `${name} must say IF EXISTS or IF NOT EXISTS`);
  }
  if (
    /^ALTER\b/i.test(sql) &&
    /\b(ADD|DROP|RENAME|CLEAR) (COLUMN|INDEX|PROJECTION)\b(?! IF (NOT )?EXISTS)/i.test(sql)
  ) {
    throw new MigrationError('migrations.statement', `${name} must say IF EXISTS or IF NOT EXISTS`);
  }
  if (!/^(CREATE|DROP|ALTER|RENAME|INSERT|OPTIMIZE)\b/i.test(sql)) {
    throw new MigrationError('migrations.statement', `${name} is not a statement that changes a schema`);
  }
  const unknown = /\{\{(?!on_cluster\}\}|engine \w+\([^{}]*\)\}\})[^}]*\}\}/.exec(template);
  if (unknown)
    throw new MigrationError('migrations.statement', `${name} holds the unknown placeholder ${unknown[0]}`);
}
