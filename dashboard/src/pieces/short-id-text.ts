/**
 * The form of an id a person can hold in mind. Ids made by time begin alike, so what tells them apart is the end; a
 * prefix with an underscore says what kind it is and stays.
 */
export function shortId(id: string): string {
  if (id.length <= 12) return id;
  const prefix = /^[a-z]{1,6}_/.exec(id)?.[0] ?? '';
  return `${prefix}…${id.slice(-8)}`;
}
