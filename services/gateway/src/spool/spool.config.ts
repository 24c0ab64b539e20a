import { z } from 'zod';
import { defineConfig, fields } from '@portcullis/service';

const MIB = 1024 * 1024;

export const spoolConfig = defineConfig('Gateway spool', {
  spoolDir: {
    env: 'PORTCULLIS_SPOOL_DIR',
    schema: z.string().min(1).max(4096).default('.portcullis/spool'),
    doc: 'Folder of this gateway alone, on a local disk, for audit records the event log has not taken yet. Must survive a restart of the process.',
  },
  gatewayId: {
    env: 'PORTCULLIS_GATEWAY_ID',
    schema: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,128}$/, 'letters, digits, dot, dash, underscore')
      .optional(),
    doc: 'Name of this gateway in audit records; the host name when it is not set. Sequence numbers are dense for each gateway and process.',
  },
  spoolMaxBytes: {
    env: 'PORTCULLIS_SPOOL_MAX_BYTES',
    schema: fields.integer(2048 * MIB, 256 * MIB, 1024 * 1024 * MIB),
    doc: 'Most bytes the spool may hold while the event log cannot be reached. At 80% the gateway warns, at 100% it refuses calls.',
  },
});
