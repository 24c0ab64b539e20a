import { ServiceProcess } from '@portcullis/testing';

export const INTERNAL_TOKEN = 'x'.repeat(32);

export type NotificationProcess = ServiceProcess;

export function startProcess(env: Record<string, string>, socket: string): NotificationProcess {
  return ServiceProcess.start({
    entry: new URL('../dist/main.js', import.meta.url),
    socket,
    token: INTERNAL_TOKEN,
    env: {
      PORTCULLIS_INTERNAL_LISTEN: `unix:${socket}`,
      PORTCULLIS_INTERNAL_TOKEN: INTERNAL_TOKEN,
      PORTCULLIS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      ...env,
    },
  });
}
