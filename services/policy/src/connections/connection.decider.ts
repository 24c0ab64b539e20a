import type { PolicyEventData } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import { checkConnectionSettings } from './connection-settings.js';
import {
  evolveConnection,
  type ConnectionEvent,
  type ConnectionSettings,
  type ConnectionState,
} from './connection.js';

export type ConnectionCommand =
  | { type: 'CreateConnection'; connectionId: string; settings: ConnectionSettings; secretId: string | null }
  | {
      type: 'ChangeConnection';
      connectionId: string;
      /** Fields left out stay. */
      settings: Partial<Omit<ConnectionSettings, 'slug'>>;
      /** The new credential's id, null to remove it; left out to keep it. */
      secretId?: string | null;
      enabled?: boolean;
    }
  | { type: 'DeleteConnection'; connectionId: string };

export const connectionDecider: Decider<ConnectionState | null, ConnectionCommand, ConnectionEvent> = {
  initialState: null,
  evolve: evolveConnection,
  decide(command, state) {
    if (command.type === 'CreateConnection') {
      if (state) throw new Rejection('connection.exists', 'conflict', 'The connection exists already.');
      const settings = withoutStaleHeader(command.settings);
      checkConnectionSettings(settings, command.secretId !== null);
      const secretId = settings.authType === 'none' ? null : command.secretId;
      return [
        { type: 'ConnectionCreated', data: { connectionId: command.connectionId, ...settings, secretId } },
      ];
    }
    if (!state || state.deleted)
      throw new Rejection('connection.not_found', 'not_found', 'No such connection.');
    if (command.type === 'ChangeConnection') return change(command, state);
    return [
      { type: 'ConnectionDeleted', data: { connectionId: command.connectionId, slug: state.settings.slug } },
    ];
  },
};

function change(
  command: Extract<ConnectionCommand, { type: 'ChangeConnection' }>,
  state: ConnectionState,
): ConnectionEvent[] {
  const { connectionId } = command;
  const settings = withoutStaleHeader({ ...state.settings, ...command.settings });
  const wanted = command.secretId === undefined ? state.secretId : command.secretId;
  checkConnectionSettings(settings, wanted !== null);
  const secretId = settings.authType === 'none' ? null : wanted;

  const events: ConnectionEvent[] = [];
  const changed = changedFields(state.settings, settings);
  if (changed) events.push({ type: 'ConnectionChanged', data: { connectionId, ...changed } });
  if (secretId !== state.secretId)
    events.push({ type: 'ConnectionCredentialRotated', data: { connectionId, secretId } });
  if (command.enabled !== undefined && command.enabled !== state.enabled) {
    events.push({
      type: command.enabled ? 'ConnectionEnabled' : 'ConnectionDisabled',
      data: { connectionId, slug: state.settings.slug },
    });
  }
  return events;
}

/** A header name means something with `authType: header` alone. */
function withoutStaleHeader(settings: ConnectionSettings): ConnectionSettings {
  return settings.authType === 'header' ? settings : { ...settings, authHeaderName: null };
}

function changedFields(
  before: ConnectionSettings,
  after: ConnectionSettings,
): Pick<PolicyEventData<'ConnectionChanged'>, 'before' | 'after'> | null {
  const keys = (Object.keys(after) as (keyof ConnectionSettings)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  if (keys.length === 0) return null;
  const pick = (settings: ConnectionSettings) => Object.fromEntries(keys.map((key) => [key, settings[key]]));
  return { before: pick(before), after: pick(after) };
}
