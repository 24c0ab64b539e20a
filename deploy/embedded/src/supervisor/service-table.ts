import type { DeploymentSecrets } from './deployment-secrets.js';

/** Everything a service's environment is made of. */
export interface ServiceSurroundings {
  /** The deployment's own settings, as the supervisor got them. */
  outer: NodeJS.ProcessEnv;
  dataDir: string;
  sockets: string;
  secrets: DeploymentSecrets;
  postgresUrl: string;
  clickhouseUrl: string;
  apiPort: number;
  gatewayPort: number;
}

export interface ServiceRow {
  name: string;
  /** Below the root of the repository. */
  entry: string;
  /** Who is stopped first: what calls come in through (0), what those need (1). */
  stopOrder: 0 | 1;
  /** It reads the log and nobody waits for it: calls go first. */
  background?: boolean;
  /** What this service gets beside what all get. */
  env(surroundings: ServiceSurroundings): Record<string, string>;
}

/** The services of a deployment. A new one is a new row. */
export const SERVICES: readonly ServiceRow[] = [
  {
    name: 'policy',
    entry: 'services/policy/dist/main.js',
    stopOrder: 1,
    env: ({ outer, secrets }) => ({
      PORTCULLIS_MASTER_KEY: outer['PORTCULLIS_MASTER_KEY'] || secrets.masterKey,
    }),
  },
  {
    name: 'audit',
    entry: 'services/audit/dist/main.js',
    stopOrder: 1,
    background: true,
    env: ({ clickhouseUrl }) => ({ PORTCULLIS_CLICKHOUSE_URL: clickhouseUrl }),
  },
  {
    name: 'anomaly',
    entry: 'services/anomaly/dist/main.js',
    stopOrder: 1,
    background: true,
    env: () => ({}),
  },
  {
    name: 'notification',
    entry: 'services/notification/dist/main.js',
    stopOrder: 1,
    env: ({ outer, secrets, apiPort }) => ({
      PORTCULLIS_MASTER_KEY: outer['PORTCULLIS_MASTER_KEY'] || secrets.masterKey,
      // Receivers on loopback are what one has on one's own machine.
      PORTCULLIS_ALLOW_PRIVATE_RECEIVERS: outer['PORTCULLIS_ALLOW_PRIVATE_RECEIVERS'] || 'true',
      PORTCULLIS_API_PUBLIC_URL: outer['PORTCULLIS_API_PUBLIC_URL'] || `http://127.0.0.1:${apiPort}`,
    }),
  },
  {
    name: 'gateway',
    entry: 'services/gateway/dist/main.js',
    stopOrder: 0,
    env: ({ outer, dataDir, gatewayPort, apiPort }) => ({
      PORTCULLIS_API_PUBLIC_URL: outer['PORTCULLIS_API_PUBLIC_URL'] || `http://127.0.0.1:${apiPort}`,
      PORTCULLIS_GATEWAY_PORT: String(gatewayPort),
      PORTCULLIS_GATEWAY_ID: outer['PORTCULLIS_GATEWAY_ID'] || 'gateway-1',
      PORTCULLIS_SPOOL_DIR: outer['PORTCULLIS_SPOOL_DIR'] || `${dataDir}/spool`,
    }),
  },
  {
    name: 'api',
    entry: 'services/api/dist/main.js',
    stopOrder: 0,
    env: ({ outer, secrets, clickhouseUrl, apiPort, gatewayPort }) => ({
      PORTCULLIS_LOGIN_SECRET: outer['PORTCULLIS_LOGIN_SECRET'] || secrets.loginSecret,
      PORTCULLIS_CLICKHOUSE_URL: clickhouseUrl,
      PORTCULLIS_API_PORT: String(apiPort),
      PORTCULLIS_GATEWAY_PUBLIC_URL:
        outer['PORTCULLIS_GATEWAY_PUBLIC_URL'] || `http://127.0.0.1:${gatewayPort}`,
    }),
  },
];

/** Internal listener of a service, as the others reach it. */
export function internalUrl(name: string, { sockets }: ServiceSurroundings): string {
  return `unix:${sockets}/${name}.sock`;
}

/** Secrets that only the services named above get. */
const WITHHELD = ['PORTCULLIS_MASTER_KEY', 'PORTCULLIS_CLICKHOUSE_URL', 'PORTCULLIS_LOGIN_SECRET'];

export function serviceEnvironment(row: ServiceRow, surroundings: ServiceSurroundings): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(
    Object.entries(surroundings.outer).filter(([name]) => !WITHHELD.includes(name)),
  );
  const addresses = Object.fromEntries(
    SERVICES.map(({ name }) => [`PORTCULLIS_${name.toUpperCase()}_URL`, internalUrl(name, surroundings)]),
  );
  return {
    NODE_ENV: 'production',
    // Upstreams on loopback are what one has on one's own machine.
    PORTCULLIS_ALLOW_PRIVATE_UPSTREAMS: 'true',
    ...inherited,
    ...addresses,
    PORTCULLIS_DATA_DIR: surroundings.dataDir,
    PORTCULLIS_POSTGRES_URL: surroundings.postgresUrl,
    PORTCULLIS_INTERNAL_TOKEN: surroundings.secrets.internalToken,
    PORTCULLIS_INTERNAL_LISTEN: internalUrl(row.name, surroundings),
    ...row.env(surroundings),
  };
}
