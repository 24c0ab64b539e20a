import { z } from 'zod';

/** Body of every REST error (RFC 9457, `application/problem+json`) with a stable `code` of the form `<area>.<reason>`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  /**
   * Where the input is wrong, for `request.invalid` and `policy.invalid`: JSON pointers into the body. Each place of a
   * policy document has a code of its own.
   */
  issues: z
    .array(z.object({ pointer: z.string(), message: z.string(), code: z.string().optional() }))
    .optional(),
  /** For `lens.invalid`: where the query is wrong, UTF-16 offsets into `q`, and what was probably meant. */
  diagnostics: z
    .array(
      z.object({
        code: z.string(),
        message: z.string(),
        from: z.number().int(),
        to: z.number().int(),
        suggestion: z.string().nullable(),
      }),
    )
    .optional(),
});
export type Problem = z.infer<typeof problemSchema>;
