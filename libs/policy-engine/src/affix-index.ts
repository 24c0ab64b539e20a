/** Longest affix that is told apart; what is longer is found by its first (or last) characters. */
const LONGEST = 16;

/** Finds by how a text starts, or ends, without trying every affix: one look for each length there is. */
export class AffixIndex {
  private readonly byLength = new Map<number, Map<string, number[]>>();

  constructor(private readonly side: 'start' | 'end') {}

  /** `affix` is not empty. */
  add(affix: string, place: number): void {
    const known = affix.length <= LONGEST ? affix : this.cut(affix, LONGEST);
    let places = this.byLength.get(known.length);
    if (!places) this.byLength.set(known.length, (places = new Map()));
    const found = places.get(known);
    if (found) found.push(place);
    else places.set(known, [place]);
  }

  /** Calls `take` with the places of all affixes that the subject may have; a place may come more than once. */
  find(subject: string, take: (places: readonly number[]) => void): void {
    for (const [length, places] of this.byLength) {
      if (length > subject.length) continue;
      const found = places.get(this.cut(subject, length));
      if (found) take(found);
    }
  }

  private cut(text: string, length: number): string {
    return this.side === 'start' ? text.slice(0, length) : text.slice(text.length - length);
  }
}
