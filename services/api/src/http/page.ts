import { z } from 'zod';

/** Query parameters of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
});

export const idParams = z.object({ id: z.string().min(1).max(64) });
