import { INHERITED_DETECTION } from '@portcullis/contracts';
import { changeStream, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers, CommandOf, Handled } from '../commands/command-handler.js';
import { connectionNamed } from '../connections/connection-named.js';
import { detectionDecider, detectionStream, type DetectionEvent } from './detection.decider.js';

export const detectionCommands: Pick<CommandHandlers, 'ChangeDetection'> = { ChangeDetection: change };

async function change(
  { type, connection, settings }: CommandOf<'ChangeDetection'>,
  context: CommandContext,
): Promise<Handled> {
  const connectionId = connection === null ? null : (await connectionNamed(connection, context)).id;
  const { after, position } = await changeStream(context, {
    stream: detectionStream(connectionId ?? context.tenantId),
    decider: detectionDecider,
    command: { type, connectionId, settings },
  });
  const last = after.at(-1) as unknown as DetectionEvent | undefined;
  return { data: last?.data.after ?? INHERITED_DETECTION, position };
}
