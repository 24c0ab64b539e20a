import type { z } from 'zod';

/** One setting: where it comes from, what it may be, and the sentence that documents it (docs/configuration.md). */
export interface ConfigField<Schema extends z.ZodType = z.ZodType> {
  readonly env: string;
  /** Parses the text of the environment variable; `undefined` when unset. Defaults belong here. */
  readonly schema: Schema;
  readonly doc: string;
  /** Never printed, never in error messages. */
  readonly secret?: boolean;
}

export interface ConfigSection<Fields extends Record<string, ConfigField> = Record<string, ConfigField>> {
  readonly title: string;
  readonly fields: Fields;
}

export type ConfigOf<Section extends ConfigSection> = {
  readonly [Key in keyof Section['fields']]: z.output<Section['fields'][Key]['schema']>;
};

type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (
  value: infer I,
) => void
  ? I
  : never;
type EachConfig<Section> = Section extends ConfigSection ? ConfigOf<Section> : never;
export type ConfigOfAll<Sections extends readonly ConfigSection[]> = UnionToIntersection<
  EachConfig<Sections[number]>
>;

export function defineConfig<const Fields extends Record<string, ConfigField>>(
  title: string,
  fields: Fields,
): ConfigSection<Fields> {
  return { title, fields };
}

/** What is wrong with the configuration: one line for each setting, without the values of secrets. */
export class ConfigError extends Error {
  readonly code = 'config.invalid';
  constructor(readonly problems: readonly string[]) {
    super(`invalid configuration: ${problems.join('; ')}`);
  }
}

/** Reads all sections at once, so that every problem is told in the first run. An empty variable counts as unset. */
export function loadConfig<const Sections extends readonly ConfigSection[]>(
  sections: Sections,
  env: Readonly<Record<string, string | undefined>>,
): ConfigOfAll<Sections> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const section of sections) {
    for (const [key, field] of Object.entries(section.fields)) {
      const text = env[field.env];
      const parsed = field.schema.safeParse(text === '' ? undefined : text);
      if (parsed.success) values[key] = parsed.data;
      else problems.push(`${field.env} ${describe(parsed.error, text, field.secret ?? false)}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as ConfigOfAll<Sections>;
}

function describe(error: z.ZodError, text: string | undefined, secret: boolean): string {
  if (text === undefined || text === '') return 'is required';
  const reason = error.issues[0]?.message ?? 'is invalid';
  return secret ? `is invalid (${reason})` : `is invalid: ${JSON.stringify(text.slice(0, 80))} (${reason})`;
}
