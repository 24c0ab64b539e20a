import { isVerdict } from '../pieces/verdict-badge.js';
import { TONE_COLOURS } from '../theme/verdict-colours.js';

/** A colour for the light page and one for the dark. */
export type ColourPair = readonly [light: string, dark: string];

const LINES: readonly ColourPair[] = [
  ['#3b4fc4', '#95a3f0'],
  ['#c2510c', '#ffa94d'],
  ['#2b8a3e', '#8ce99a'],
  ['#862e9c', '#e599f7'],
  ['#a61e4d', '#faa2c1'],
  ['#0b7285', '#66d9e8'],
  ['#5c7d10', '#c0eb75'],
  ['#5f3dc4', '#b197fc'],
  ['#c92a2a', '#ffa8a8'],
  ['#495057', '#ced4da'],
];

export const DECISION_ORDER: readonly string[] = ['deny', 'hold', 'alert', 'redact', 'allow', ''];

/** The colour of a decision in drawings; beside it there is always the word. */
export function decisionColour(decision: string): ColourPair {
  const tone = isVerdict(decision) ? decision : 'neutral';
  return [TONE_COLOURS.light[tone].mark, TONE_COLOURS.dark[tone].mark];
}

/** A decision has its own colour wherever it is drawn; anything else takes the next of a row. */
export function lineColour(label: string, index: number): ColourPair {
  return isVerdict(label) ? decisionColour(label) : (LINES[index % LINES.length] ?? decisionColour(''));
}
