import { Inject, Injectable } from '@nestjs/common';
import {
  AUTHENTICATE_PATH,
  COMMANDS_PATH,
  LOGINS_ENDED_PATH,
  MEMBERSHIPS_PATH,
  QUERIES_PATH,
  authenticateResponseSchema,
  commandResultSchema,
  membershipsResponseSchema,
  queryResultSchema,
  type CallerCredential,
  type Command,
  type Membership,
  type Obedience,
  type Principal,
  type Query,
} from '@portcullis/contracts';
import type { InternalClient } from '@portcullis/service';
import type { Caller } from '../authentication/caller.js';

export const POLICY_CLIENT = Symbol('POLICY_CLIENT');

/** The answer of a write: the view, where it is in the policy service's history, and whether every replica has it. */
export interface Written {
  readonly data: unknown;
  readonly meta: { readonly position: number; readonly propagating?: true } & Partial<Obedience>;
}

export interface Listed {
  readonly data: unknown;
  readonly meta: { readonly cursor: string | null };
}

/** Who asks for a command, and in which organization. */
export interface CommandIssuer {
  readonly principal: { readonly tenantId: string };
  readonly actor: Caller['actor'];
}

/** The policy service as the REST API uses it: commands and queries in the caller's organization, never another. */
@Injectable()
export class PolicyService {
  constructor(@Inject(POLICY_CLIENT) private readonly client: InternalClient) {}

  async command(caller: CommandIssuer, command: Command, idempotencyKey?: string): Promise<Written> {
    const result = commandResultSchema.parse(
      await this.client.post(COMMANDS_PATH, {
        tenantId: caller.principal.tenantId,
        actor: caller.actor,
        idempotencyKey: idempotencyKey ?? null,
        command,
      }),
    );
    return {
      data: result.data,
      meta: {
        position: result.position,
        ...(result.propagated ? {} : { propagating: true as const }),
        ...result.obeyed,
      },
    };
  }

  async list(caller: Caller, query: Query): Promise<Listed> {
    const result = await this.ask(caller.principal.tenantId, query);
    return { data: result.data, meta: { cursor: result.cursor } };
  }

  async one(
    caller: Pick<CommandIssuer, 'principal'>,
    query: Query,
  ): Promise<{ data: unknown; meta: object }> {
    const result = await this.ask(caller.principal.tenantId, query);
    return { data: result.data, meta: {} };
  }

  async authenticate(
    credential: CallerCredential,
  ): Promise<{ principal: Principal | null; reason: string | null }> {
    return authenticateResponseSchema.parse(
      await this.client.post(AUTHENTICATE_PATH, { credential }, { timeoutMs: 2_000 }),
    );
  }

  /** These logins of a person are over, in that organization alone if they go on. */
  async loginsEnded(
    email: string,
    logins: readonly { readonly sessionId: string; readonly tenantId: string; readonly goesOn?: boolean }[],
  ): Promise<void> {
    if (logins.length > 0) await this.client.post(LOGINS_ENDED_PATH, { email, logins }, { timeoutMs: 2_000 });
  }

  /** Which of these organizations list an address, and as what; in their order. */
  async memberships(email: string, tenantIds: readonly string[]): Promise<Membership[]> {
    if (tenantIds.length === 0) return [];
    const answer = await this.client.post(MEMBERSHIPS_PATH, { email, tenantIds }, { timeoutMs: 2_000 });
    return membershipsResponseSchema.parse(answer).memberships;
  }

  private async ask(tenantId: string, query: Query) {
    return queryResultSchema.parse(
      await this.client.post(QUERIES_PATH, { tenantId, query }, { timeoutMs: 15_000 }),
    );
  }
}
