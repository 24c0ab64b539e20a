import type { Command } from '../app/feature.js';

/** Commands whose words contain everything typed, those whose title begins with it first. */
export function matchCommands(commands: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command) => ({ command, rank: rankOf(command, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ command }) => command);
}

function rankOf({ title, hint = '' }: Command, words: readonly string[]): number {
  const name = title.toLowerCase();
  const all = `${name} ${hint.toLowerCase()}`;
  if (!words.every((word) => all.includes(word))) return 0;
  const [first = ''] = words;
  if (name.startsWith(first)) return 4;
  if (name.split(/[\s/_-]/).some((word) => word.startsWith(first))) return 3;
  return name.includes(first) ? 2 : 1;
}
