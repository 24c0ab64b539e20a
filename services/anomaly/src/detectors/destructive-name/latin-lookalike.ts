/**
 * Letters of other scripts that a person, and a model, takes for a Latin one; after Unicode's confusables (UTS #39), as far
 * as destructive verbs have these letters. Keys of one Latin letter stand together.
 */
const LOOKALIKES: Readonly<Record<string, string>> = {
  a: 'аαɑ', c: 'сϲᴄ', d: 'ԁɗđ', e: 'еєҽε', g: 'ɡցǥ', l: 'ӏןłΙІ', n: 'ոռη', o: 'оοօσᴏø', p: 'рρþ', r: 'гꭇᴦ', s: 'ѕꜱ',
  t: 'тτŧ', u: 'υսʋᴜ', y: 'уүγ', A: 'АΑ', C: 'СϹ', D: 'Đ', E: 'ЕΕ', G: 'Ԍ', N: 'Ν', O: 'ОΟՕØ', P: 'РΡ', S: 'Ѕ', T: 'ТΤ',
  U: 'Ս', Y: 'ҮΥ',
}; // prettier-ignore

const LATIN = new Map(
  Object.entries(LOOKALIKES).flatMap(([latin, others]) =>
    [...others].map((other) => [other, latin] as const),
  ),
);
const NOT_ASCII = /[^\x20-\x7e]/u;

/**
 * The name as it looks: without what cannot be seen (zero-width and other formatting characters, controls) and without accents,
 * compatibility forms (fullwidth letters, ligatures) and lookalikes as the letters they look like.
 */
export function latinLookalike(name: string): string {
  if (!NOT_ASCII.test(name)) return name;
  const bare = name.normalize('NFKD').replace(/[\p{M}\p{Cf}\p{Cc}]/gu, '');
  return [...bare].map((character) => LATIN.get(character) ?? character).join('');
}
