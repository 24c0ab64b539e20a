import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** What a server says to its clients when it goes down. */
function goodbye(): Buffer {
  const fields = Buffer.from(
    'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0',
  );
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

export interface CuttingProxy {
  readonly url: string;
  /** From now on every new connection is ready and gone in one piece of data, as from a server that just went down. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Stands between a client and Postgres, for what a real server does too rarely to wait for. */
export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let cutting = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let ready = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => (open.delete(socket), other.destroy()));
    }
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data: Buffer) => {
      const first = !ready && data.subarray(-READY.length).equals(READY);
      ready ||= first;
      if (first && cutting) client.end(Buffer.concat([data, goodbye()]));
      else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    cut: () => void (cutting = true),
    mend: () => void (cutting = false),
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
