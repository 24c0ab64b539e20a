import type { Scope } from '@portcullis/contracts';
import type { Icon } from '@tabler/icons-react';
import type { QueryClient } from '@tanstack/react-query';

export const RAIL_GROUPS = ['', 'Govern', 'Settings'] as const;

/** A line of the left rail. */
export interface RailEntry {
  readonly group: (typeof RAIL_GROUPS)[number];
  readonly label: string;
  readonly to: string;
  readonly icon: Icon;
  /** Place within the group, low first. */
  readonly order: number;
  /** Shown to those who hold it. */
  readonly scope?: Scope;
  /** Second key after `g` that goes there. */
  readonly key?: string;
}

export interface CommandContext {
  /** Goes to an address of the dashboard: `/connections/abc?tab=tools`. */
  readonly go: (href: string) => void;
  readonly queryClient: QueryClient;
  readonly may: (scope: Scope) => boolean;
}

/** A line of the command palette. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** Second line or right-hand side: what tells it apart. */
  readonly hint?: string;
  readonly icon?: Icon;
  readonly scope?: Scope;
  readonly run: (context: CommandContext) => void;
}

/** Commands that depend on what is typed: find a connection, find a trace. */
export interface CommandSearch {
  readonly group: string;
  readonly scope?: Scope;
  /** Below what the other searches found: for what fits any text. */
  readonly last?: boolean;
  readonly search: (
    text: string,
    context: CommandContext,
    signal: AbortSignal,
  ) => readonly Command[] | Promise<readonly Command[]>;
}

/** What a feature folder adds to the frame. Its pages are added to the route tree in app/router.ts. */
export interface Feature {
  readonly rail?: readonly RailEntry[];
  readonly commands?: readonly Command[];
  readonly searches?: readonly CommandSearch[];
}
