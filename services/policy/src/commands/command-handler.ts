import type { Command, CommandType } from '@portcullis/contracts';
import type { CommandContext } from './command-context.js';

export interface Handled {
  /** The view of what was changed. */
  readonly data: unknown;
  /** Global position of the last event of what was changed. */
  readonly position: number;
  /** Brings up to date, once the command is in force everywhere, what of the view changes with that. */
  readonly refresh?: () => Promise<unknown>;
}

export type CommandOf<T extends CommandType> = Extract<Command, { type: T }>;
export type CommandHandler<T extends CommandType> = (
  command: CommandOf<T>,
  context: CommandContext,
) => Promise<Handled>;

/** One handler for each command type of the contract; the compiler holds the list complete. */
export type CommandHandlers = { readonly [T in CommandType]: CommandHandler<T> };
