import { startPostgres } from '@portcullis/testing';
import { startCuttableProxy } from '../../test/cuttable-proxy.js';
import { describeEventLogContract } from '../contract/event-log.contract.js';
import { PostgresEventLog } from './postgres-event-log.js';

describeEventLogContract('PostgresEventLog', async () => {
  const postgres = await startPostgres();
  const url = new URL(await postgres.createDatabase());
  const proxies: { close(): Promise<void> }[] = [];
  return {
    open: async () => {
      const proxy = await startCuttableProxy({ host: url.hostname, port: Number(url.port) });
      proxies.push(proxy);
      const proxied = new URL(url);
      proxied.port = String(proxy.port);
      const log = new PostgresEventLog({
        connectionString: proxied.href,
        leaseMs: 1_500,
        beatMs: 200,
        backOff: { minMs: 20, maxMs: 500 },
      });
      return { log, cut: proxy.cut, mend: proxy.mend };
    },
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await postgres.stop();
    },
  };
});
