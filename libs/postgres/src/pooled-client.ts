import { Client, type ClientConfig } from 'pg';

/**
 * The client for pools of `pg` whose users do not listen themselves. A connection says that it is lost as an `error`
 * event, besides failing what runs on it, and an event nobody listens to ends the process. The pool listens only to
 * idle clients: a client on its way to who asked for it, or between two statements of its user, has nobody else.
 */
export class PooledClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
