import { Rejection } from '@portcullis/eventing';
import type { AgentSessionTable } from '../agent-sessions/agent-session-table.js';
import { apiKeyStream } from '../api-keys/api-key.js';
import { OrganizationDirectory } from '../directory/organization-directory.js';
import { killSwitchView } from '../directory/views.js';
import { changeStream, readOwn, type Changed, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers, CommandOf, Handled } from '../commands/command-handler.js';
import { findReserved, release, reserve } from '../commands/reservations.js';
import type { ReplicaStore } from '../follower/replica-store.js';
import { killSwitchDecider } from './kill-switch.decider.js';
import { killSwitchStream } from './kill-switch.js';

export interface KillSwitchCommandsDependencies {
  readonly sessions: Pick<AgentSessionTable, 'find'>;
  readonly replicas: Pick<ReplicaStore, 'live'>;
}

export function killSwitchCommands({
  sessions,
  replicas,
}: KillSwitchCommandsDependencies): Pick<CommandHandlers, 'EngageKillSwitch' | 'ReleaseKillSwitch'> {
  return {
    async EngageKillSwitch(command, context) {
      const target = command.target ? await idOf(command.scope, command.target, context) : null;
      const killSwitchId = context.newId();
      const { scope, mode, reason } = command;
      const changed = await changeStream(context, {
        stream: killSwitchStream(killSwitchId),
        decider: killSwitchDecider,
        command: { type: 'EngageKillSwitch', killSwitchId, scope, target, mode, reason },
        alongside: async () => {
          const { session, tenantId } = context;
          const value = `${scope}:${target ?? ''}:${mode}`;
          // Releasing one switch must not leave another of the same kind behind unseen.
          if (!(await reserve(session, { tenantId, kind: 'kill_switch', value, holder: killSwitchId }))) {
            throw new Rejection(
              'kill_switch.already_engaged',
              'conflict',
              'Such a kill switch is engaged already.',
            );
          }
        },
      });
      return answer(changed, killSwitchId);
    },

    async ReleaseKillSwitch(command, context) {
      const { killSwitchId } = command;
      const changed = await changeStream(context, {
        stream: killSwitchStream(killSwitchId),
        decider: killSwitchDecider,
        command,
        alongside: () =>
          release(context.session, { tenantId: context.tenantId, kind: 'kill_switch', holder: killSwitchId }),
      });
      return answer(changed, killSwitchId);
    },
  };

  async function answer({ after, position }: Changed, killSwitchId: string): Promise<Handled> {
    const record = OrganizationDirectory.of(after).killSwitches.get(killSwitchId);
    if (!record) throw new Error(`Kill switch ${killSwitchId} is not in its own stream.`);
    const view = async () => killSwitchView(record, await replicas.live());
    return { data: await view(), position, refresh: view };
  }

  /** The id behind a target of this organization. */
  async function idOf(
    scope: CommandOf<'EngageKillSwitch'>['scope'],
    target: string,
    context: CommandContext,
  ): Promise<string> {
    const { session, tenantId } = context;
    const found = {
      organization: async () => target,
      connection: async () =>
        (await findReserved(session, { tenantId, kind: 'connection_slug', name: target }))?.holder,
      agent: async () => ((await readOwn(context, apiKeyStream(target))).version > 0 ? target : undefined),
      session: async () => (await sessions.find(session, tenantId, target))?.id,
    };
    const id = await found[scope]();
    if (id === undefined)
      throw new Rejection('kill_switch.target_not_found', 'not_found', `No such ${scope}.`);
    return id;
  }
}
