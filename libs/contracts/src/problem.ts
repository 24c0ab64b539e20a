import { z } from 'zod';

/** Body of every REST error (RFC 9457, `application/problem+json`) with a stable `code` of the form `<area>.<reason>`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  /** Where the input is wrong, for `request.invalid` and `policy.invalid`: JSON pointers into the body. */
  issues: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
