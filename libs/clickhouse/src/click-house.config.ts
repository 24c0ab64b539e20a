import { z } from 'zod';

/** Settings of every service that speaks to ClickHouse. */
export const clickHouseConfig = {
  title: 'ClickHouse',
  fields: {
    clickHouseUrl: {
      env: 'PORTCULLIS_CLICKHOUSE_URL',
      schema: z.url({ protocol: /^https?$/ }),
      secret: true,
      doc: 'ClickHouse 26.3 or newer over HTTP: `http://user:password@host:port/database`.',
    },
    clickHouseCluster: {
      env: 'PORTCULLIS_CLICKHOUSE_CLUSTER',
      schema: z
        .string()
        .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'letters, digits, dot, dash and underscore')
        .optional(),
      doc: 'Name of the cluster whose replicas hold the audit tables. Set: tables are created ON CLUSTER as Replicated engines. Empty: one node.',
    },
  },
} as const;
