import { z } from 'zod';

/** `GET /internal/v1/status` of the audit service: how far it has come. Figures are some seconds old. */
export const AUDIT_STATUS_PATH = '/internal/v1/status';

export const auditStatusSchema = z.object({
  /** RFC 3339; null before the first look. */
  asOf: z.string().nullable(),
  /** Records of the log that are not stored yet, over all partitions. */
  lag: z.number().int(),
  partitions: z.array(
    z.object({
      topic: z.string(),
      partition: z.number().int(),
      /** Offset the next record will get. */
      end: z.number().int(),
      /** Next offset to store; null before the first commit. */
      committed: z.number().int().nullable(),
      lag: z.number().int(),
      /** RFC 3339: everything that reached the log before this is stored; null while that is not known. */
      storedUntil: z.string().nullable(),
    }),
  ),
  /** Rows in the tables, copies that are not merged yet included; null while the store cannot be asked. */
  stored: z
    .object({ events: z.number().int(), pending: z.number().int(), deadLetters: z.number().int() })
    .nullable(),
  /** Since this process started. */
  since: z.object({
    startedAt: z.string(),
    rows: z.number().int(),
    skipped: z.number().int(),
    unknown: z.number().int(),
    deadLetters: z.number().int(),
    failures: z.number().int(),
  }),
});
export type AuditStatus = z.infer<typeof auditStatusSchema>;
