import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, type Caller } from '../authentication/caller.js';
import { OWN_ORIGINS, type OwnOrigins } from '../authentication/request-origin.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import type { Visitor } from '../sign-in/accounts.js';
import { withRetryAfter } from '../sign-in/try-again-later.js';
import { CurrentVisitor } from '../sign-in/visitor.js';
import type { Invitation } from './invitation.js';
import { Invitations } from './invitations.js';
import {
  acceptInvitation,
  createInvitation,
  getInvitation,
  listInvitations,
  revokeInvitation,
} from './invitations.routes.js';

@Controller()
export class InvitationsController {
  constructor(
    @Inject(Invitations) private readonly invitations: Invitations,
    @Inject(OWN_ORIGINS) private readonly origins: OwnOrigins,
  ) {}

  @ApiRoute(listInvitations)
  async list(@CurrentCaller() caller: Caller) {
    return { data: (await this.invitations.list(caller)).map(viewOf), meta: {} };
  }

  @ApiRoute(createInvitation)
  async create(
    @CurrentCaller() caller: Caller,
    @Input() { body }: RouteInput<typeof createInvitation>,
    @Req() request: FastifyRequest,
  ) {
    const { invitation, token } = await this.invitations.create(caller, body.email, body.role);
    const base = this.origins.publicUrl ?? `${request.protocol}://${request.host}`;
    return {
      data: { ...viewOf(invitation), token, acceptUrl: new URL(`/invitations/${token}`, base).href },
      meta: {},
    };
  }

  @ApiRoute(revokeInvitation)
  async revoke(@CurrentCaller() caller: Caller, @Input() { params }: RouteInput<typeof revokeInvitation>) {
    return { data: viewOf(await this.invitations.revoke(caller, params.id)), meta: {} };
  }

  @ApiRoute(getInvitation)
  async get(@Input() { params }: RouteInput<typeof getInvitation>) {
    return { data: await this.invitations.describe(params.token), meta: {} };
  }

  @ApiRoute(acceptInvitation)
  async accept(
    @Input() { body }: RouteInput<typeof acceptInvitation>,
    @CurrentVisitor() visitor: Visitor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { login, cookies } = await withRetryAfter(reply, () => this.invitations.accept(body, visitor));
    void reply.header('set-cookie', [...cookies]);
    return { data: { user: login.user }, meta: {} };
  }
}

function viewOf({ id, email, role, invitedBy, createdAt, expiresAt }: Invitation) {
  return { id, email, role, invitedBy: invitedBy.name ?? invitedBy.id, createdAt, expiresAt };
}
