import { z } from 'zod';

/** A query parameter that may name several values: `state=open,reopened`. */
export function commaList<Item extends z.ZodType<string, string>>(item: Item, limit: number) {
  return z
    .string()
    .max(2048)
    .transform((text) => text.split(','))
    .pipe(z.array(item).min(1).max(limit))
    .optional();
}
