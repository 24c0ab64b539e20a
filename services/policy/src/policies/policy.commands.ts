import type { PolicyDocument, PolicyEventData, PolicyView } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import { OrganizationDirectory } from '../directory/organization-directory.js';
import { policyView } from '../directory/views.js';
import {
  changeStream,
  notFound,
  readOwn,
  type Changed,
  type CommandContext,
  type KnownStream,
} from '../commands/command-context.js';
import type { CommandHandlers, Handled } from '../commands/command-handler.js';
import { findReserved } from '../commands/reservations.js';
import { connectionNamed } from '../connections/connection-named.js';
import { checkedDocument } from './checked-document.js';
import { policyDecider, type PolicyCommand } from './policy.decider.js';
import { policyStream } from './policy.js';

export interface PolicyCommandsDependencies {
  /** What is known of a policy's stream of this organization. */
  readonly knownStream: (tenantId: string, policyId: string) => KnownStream | undefined;
  /** Orders in use by the policies of an organization or of one connection, as this replica knows them. */
  readonly ordersInUse: (tenantId: string, connectionId: string | null) => readonly number[];
}

export const POLICIES_LIMIT = 1_000;
const LAST_ORDER = 10_000;

export function policyCommands({
  ordersInUse,
  knownStream,
}: PolicyCommandsDependencies): Pick<
  CommandHandlers,
  | 'CreatePolicy'
  | 'PublishPolicy'
  | 'RollBackPolicy'
  | 'ActivatePolicy'
  | 'DeactivatePolicy'
  | 'MovePolicy'
  | 'DeletePolicy'
> {
  return {
    async CreatePolicy(command, context) {
      const document = checkedDocument(command.document);
      const connection = command.connection ? await connectionNamed(command.connection, context) : null;
      const orders = ordersInUse(context.tenantId, connection?.id ?? null);
      if (orders.length >= POLICIES_LIMIT) {
        throw new Rejection(
          'policy.limit_reached',
          'conflict',
          `There are at most ${POLICIES_LIMIT} policies in one place.`,
        );
      }
      const policyId = context.newId();
      const changed = await changeStream(context, {
        stream: policyStream(policyId),
        decider: policyDecider,
        // Two created at the same moment may get one order; the earlier one is then asked first.
        command: {
          type: 'CreatePolicy',
          policyId,
          connectionId: connection?.id ?? null,
          order: Math.min(LAST_ORDER, Math.max(-1, ...orders) + 1),
          document,
          note: command.note ?? null,
        },
      });
      return { data: viewOf(changed, policyId, connection?.slug ?? null), position: changed.position };
    },
    PublishPolicy: (command, context) => {
      const { type, policyId, expectedVersion, note } = command;
      const document = checkedDocument(command.document);
      return change(
        { type, policyId, document, expectedVersion: expectedVersion ?? null, note: note ?? null },
        context,
      );
    },
    RollBackPolicy: async (command, context) => {
      const document = await documentOf(command.policyId, command.version, context);
      return change({ ...command, document, note: command.note ?? null }, context);
    },
    ActivatePolicy: change,
    DeactivatePolicy: change,
    MovePolicy: change,
    DeletePolicy: change,
  };

  async function change(
    command: Exclude<PolicyCommand, { type: 'CreatePolicy' }>,
    context: CommandContext,
  ): Promise<Handled> {
    const stream = policyStream(command.policyId);
    const known = knownStream(context.tenantId, command.policyId) ?? (await readOwn(context, stream));
    const connection = await ownConnection(known, context);
    const changed = await changeStream(context, {
      stream,
      decider: policyDecider,
      command,
      known: known.version > 0 ? known : undefined,
      // An earlier version may use what this build no longer enforces.
      alongside: async (events) => {
        for (const event of events)
          if (event.type === 'PolicyPublished') checkedDocument(event.data.document);
        await Promise.resolve();
      },
    });
    return { data: viewOf(changed, command.policyId, connection?.slug ?? null), position: changed.position };
  }
}

/** Rare, so it may read all there ever was. */
async function documentOf(
  policyId: string,
  version: number,
  context: CommandContext,
): Promise<PolicyDocument | null> {
  for (const { type, data } of (await readOwn(context, policyStream(policyId))).events) {
    if (type !== 'PolicyPublished') continue;
    const published = data as PolicyEventData<'PolicyPublished'>;
    if (published.version === version) return published.document;
  }
  return null;
}

/** A policy goes with its connection: when that is deleted, so is the policy. */
async function ownConnection(
  { events: [created] }: KnownStream,
  context: CommandContext,
): Promise<{ id: string; slug: string } | null> {
  const connectionId = (created?.data as PolicyEventData<'PolicyCreated'> | undefined)?.connectionId ?? null;
  if (connectionId === null) return null;
  const found = await findReserved(context.session, {
    tenantId: context.tenantId,
    kind: 'connection_slug',
    name: connectionId,
  });
  if (!found) throw notFound('policy', 'policy');
  return { id: found.holder, slug: found.value };
}

function viewOf({ before, after }: Changed, policyId: string, connection: string | null): PolicyView {
  const record =
    OrganizationDirectory.of(after).policies.get(policyId) ??
    OrganizationDirectory.of(before).policies.get(policyId);
  if (!record) throw new Error(`Policy ${policyId} is not in its own stream.`);
  return policyView(record, connection);
}
