import { obedienceSchema } from '@portcullis/contracts';
import { z } from 'zod';

/** Query parameters of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
});

/** `meta` of a write that orders gateways to stop something: how many of them confirmed it, and how soon. */
export const stopMeta = z.object({
  position: z.number().int(),
  propagating: z.literal(true).optional(),
  ...obedienceSchema.partial().shape,
});

export const idParams = z.object({ id: z.string().min(1).max(64) });
