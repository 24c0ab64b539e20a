import { Inject, Injectable } from '@nestjs/common';
import {
  NOTIFICATION_COMMANDS_PATH,
  NOTIFICATION_QUERIES_PATH,
  notificationCommandResultSchema,
  notificationQueryResultSchema,
  type NotificationCommand,
  type NotificationQuery,
} from '@portcullis/contracts';
import type { InternalClient } from '@portcullis/service';
import type { Caller } from '../authentication/caller.js';

export const NOTIFICATION_CLIENT = Symbol('NOTIFICATION_CLIENT');

/** The notification service as the REST API uses it: in the caller's organization, never another. */
@Injectable()
export class NotificationService {
  constructor(@Inject(NOTIFICATION_CLIENT) private readonly client: InternalClient) {}

  async command(
    caller: Caller,
    command: NotificationCommand,
    idempotencyKey?: string,
  ): Promise<{ data: unknown; meta: object }> {
    const { data } = notificationCommandResultSchema.parse(
      await this.client.post(NOTIFICATION_COMMANDS_PATH, {
        tenantId: caller.principal.tenantId,
        actor: caller.actor,
        idempotencyKey: idempotencyKey ?? null,
        command,
      }),
    );
    return { data, meta: {} };
  }

  async list(
    caller: Caller,
    query: NotificationQuery,
  ): Promise<{ data: unknown; meta: { cursor: string | null } }> {
    const { data, cursor } = await this.ask(caller, query);
    return { data, meta: { cursor } };
  }

  async one(caller: Caller, query: NotificationQuery): Promise<{ data: unknown; meta: object }> {
    const { data } = await this.ask(caller, query);
    return { data, meta: {} };
  }

  private async ask(caller: Caller, query: NotificationQuery) {
    const { tenantId } = caller.principal;
    return notificationQueryResultSchema.parse(
      await this.client.post(NOTIFICATION_QUERIES_PATH, { tenantId, query }),
    );
  }
}
