import { createSocket } from 'node:dgram';
import { isIP, connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import type { AlertSeverity } from '@portcullis/contracts';
import { guardedLookup, isAllowedAddress, OutboundRefused } from '@portcullis/service';
import type { Notification } from '../delivery/notification.js';
import type { Channel, ChannelTarget, SendResult } from './channel.js';
import { detectionFinding } from './detection-finding.js';

interface SyslogSettings {
  readonly host: string;
  readonly port: number;
  readonly transport: 'tcp' | 'tls' | 'udp';
}

const TIMEOUT_MS = 10_000;
/** How long a receiver has to refuse what was written. */
const GRACE_MS = 2_000;
/** Facility 13: log audit. */
const FACILITY = 13;
const SEVERITIES = { info: 6, low: 5, medium: 4, high: 3, critical: 2 } as const satisfies Record<
  AlertSeverity,
  number
>;

/**
 * RFC 5424, one message an alert: octet-counted over TCP and TLS (RFC 6587, 5425), a datagram each over UDP (RFC 5426).
 * Syslog acknowledges nothing: delivered means handed over to the receiver's system, or to the network with UDP.
 */
export class SyslogChannel implements Channel {
  readonly type = 'syslog';
  private readonly lookup: LookupFunction;

  constructor(private readonly options: { readonly allowPrivate: boolean }) {
    this.lookup = guardedLookup(options);
  }

  async send(notification: Notification, target: ChannelTarget): Promise<SendResult> {
    const settings = target.settings as SyslogSettings;
    const messages = syslogMessages(notification);
    try {
      if (isIP(settings.host) !== 0 && !isAllowedAddress(settings.host, this.options.allowPrivate))
        throw new OutboundRefused();
      if (settings.transport === 'udp') await this.sendDatagrams(settings, messages);
      else await this.sendStream(settings, messages);
      return { kind: 'delivered', status: null, response: null };
    } catch (error) {
      if (error instanceof OutboundRefused)
        return { kind: 'refused', error: 'delivery.address_refused', status: null, response: null };
      const code =
        (error as { code?: string }).code === 'ETIMEDOUT' ? 'delivery.timeout' : 'delivery.unreachable';
      return { kind: 'retry', error: code, status: null, response: null, retryAfterMs: null };
    }
  }

  private sendStream({ host, port, transport }: SyslogSettings, messages: readonly Buffer[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket: Socket =
        transport === 'tls'
          ? connectTls({ host, port, servername: isIP(host) === 0 ? host : '', lookup: this.lookup })
          : connectTcp({ host, port, lookup: this.lookup });
      const fail = (error: Error): void => {
        socket.destroy();
        reject(error);
      };
      socket.setTimeout(TIMEOUT_MS, () => fail(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
      socket.on('error', fail);
      socket.on('close', () => reject(new Error('closed')));
      socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => {
        const frames = messages.flatMap((message) => [Buffer.from(`${message.length} `), message]);
        socket.end(Buffer.concat(frames), () => {
          // Receivers answer nothing; one that refuses resets the connection, most end it, some leave it open.
          const taken = (): void => {
            clearTimeout(grace);
            resolve();
            socket.destroy();
          };
          const grace = setTimeout(taken, GRACE_MS);
          socket.once('end', taken);
          socket.resume();
        });
      });
    });
  }

  private sendDatagrams({ host, port }: SyslogSettings, messages: readonly Buffer[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.lookup(host, { all: false }, (error, address, family) => {
        if (error) return reject(error);
        const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
        const done = (failure: Error | null): void => {
          socket.close();
          if (failure) reject(failure);
          else resolve();
        };
        socket.once('error', done);
        const next = (place: number): void => {
          const message = messages[place];
          if (message === undefined) return done(null);
          socket.send(message, port, address as string, (failure) =>
            failure ? done(failure) : next(place + 1),
          );
        };
        next(0);
      });
    });
  }
}

export function syslogMessages(notification: Notification): Buffer[] {
  const id = notification.id.replace(/[^0-9A-Za-z]/g, '').slice(0, 32);
  return notification.alerts.map((alert) => {
    const priority = FACILITY * 8 + SEVERITIES[alert.severity];
    const head = `<${priority}>1 ${notification.createdAt} ${syslogHost(hostname())} portcullis - ${id} -`;
    // The body is JSON in UTF-8, which RFC 5424 marks by a byte order mark.
    return Buffer.concat([
      Buffer.from(`${head} `),
      BOM,
      Buffer.from(JSON.stringify(detectionFinding(alert, notification))),
    ]);
  });
}

/** HOSTNAME of RFC 5424: printable ASCII without spaces, or a dash. A name that has more would shift the fields behind it. */
export function syslogHost(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
