/**
 * Values of a compiled query, bound by ClickHouse as `{p1:String}`: nothing a person typed is ever part of the SQL text.
 */
export class Parameters {
  private readonly bound: Record<string, unknown> = {};
  private count = 0;

  add(
    type: 'String' | 'Float64' | 'UInt32' | 'Int64' | 'UUID' | 'Array(String)' | "DateTime64(3, 'UTC')",
    value: unknown,
  ): string {
    this.count += 1;
    const name = `p${this.count}`;
    this.bound[name] = value;
    return `{${name}:${type}}`;
  }

  get values(): Readonly<Record<string, unknown>> {
    return this.bound;
  }
}
