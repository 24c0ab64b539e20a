import { ServiceProcess } from '@portcullis/testing';

export const INTERNAL_TOKEN = 'an internal token of thirty-two characters';

export type AuditProcess = ServiceProcess;

/** The built service as a process of its own, with its internal listener on a socket. */
export function startAudit(socket: string, env: Record<string, string>): AuditProcess {
  return ServiceProcess.start({
    entry: new URL('../dist/main.js', import.meta.url),
    socket,
    token: INTERNAL_TOKEN,
    env: {
      PORTCULLIS_INTERNAL_TOKEN: INTERNAL_TOKEN,
      PORTCULLIS_INTERNAL_LISTEN: `unix:${socket}`,
      ...env,
    },
  });
}
