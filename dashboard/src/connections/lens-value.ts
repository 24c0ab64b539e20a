/** A value as Lens text takes it literally. */
export function quotedValue(value: string): string {
  return `="${value.replace(/["\\]/g, '\\$&')}"`;
}
