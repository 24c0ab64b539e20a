import { findReserved } from '../commands/reservations.js';
import { notFound, type CommandContext } from '../commands/command-context.js';

/** The organization's connection of this slug or id; it cannot go away before the command is through. */
export async function connectionNamed(
  name: string,
  { session, tenantId }: Pick<CommandContext, 'session' | 'tenantId'>,
): Promise<{ id: string; slug: string }> {
  const found = await findReserved(session, { tenantId, kind: 'connection_slug', name });
  if (!found) throw notFound('connection', 'connection');
  return { id: found.holder, slug: found.value };
}
