const MOST_KNOWN = 10_000;
/** Figures that stand in columns are a little wider than what a canvas measures. */
const MARGIN = 1.06;

let known = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;

/**
 * Whether a text surely fits a cell of the result table. Cells whose text may not are cut; each of those costs the
 * browser a clip of its own in every frame, so those whose text fits go without.
 */
export function fits(text: string, width: number): boolean {
  if (text === '') return true;
  let measured = known.get(text);
  if (measured === undefined) {
    measured = measure(text);
    if (known.size >= MOST_KNOWN) known = new Map();
    known.set(text, measured);
  }
  return measured <= width;
}

/** Forgets what was measured: with the fallback, before the font was there. */
export function measureAnew(font: string): void {
  known = new Map();
  context ??= document.createElement('canvas').getContext('2d');
  if (context !== null) context.font = font;
}

function measure(text: string): number {
  return context ? context.measureText(text).width * MARGIN : Infinity;
}
