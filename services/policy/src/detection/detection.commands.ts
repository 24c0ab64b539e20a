import { INHERITED_DETECTION } from '@portcullis/contracts';
import { changeStream, notFound, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers, CommandOf, Handled } from '../commands/command-handler.js';
import { findReserved } from '../commands/reservations.js';
import { detectionDecider, detectionStream, type DetectionEvent } from './detection.decider.js';

export const detectionCommands: Pick<CommandHandlers, 'ChangeDetection'> = { ChangeDetection: change };

async function change(
  { type, connection, settings }: CommandOf<'ChangeDetection'>,
  context: CommandContext,
): Promise<Handled> {
  const connectionId = connection === null ? null : await idOf(connection, context);
  const { after, position } = await changeStream(context, {
    stream: detectionStream(connectionId ?? context.tenantId),
    decider: detectionDecider,
    command: { type, connectionId, settings },
  });
  const last = after.at(-1) as unknown as DetectionEvent | undefined;
  return { data: last?.data.after ?? INHERITED_DETECTION, position };
}

async function idOf(connection: string, { session, tenantId }: CommandContext): Promise<string> {
  const found = await findReserved(session, { tenantId, kind: 'connection_slug', name: connection });
  if (!found) throw notFound('connection', 'connection');
  return found.holder;
}
