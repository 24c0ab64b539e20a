import { ProblemError } from '@portcullis/service';
import { z } from 'zod';

const contentSchema = z.tuple([
  z
    .string()
    .max(120)
    .regex(/^[^\u0000]*$/),
  z.uuid(),
]);

/** Where the next page of views starts. It says nothing its reader may not see, so it is not signed. */
export function viewCursor(view: { readonly name: string; readonly id: string }): string {
  return Buffer.from(JSON.stringify([view.name, view.id])).toString('base64url');
}

export function openViewCursor(text: string): { name: string; id: string } {
  try {
    const [name, id] = contentSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { name, id };
  } catch (cause) {
    throw new ProblemError(
      { code: 'request.bad_cursor', status: 400, title: 'The cursor is not valid.' },
      { cause },
    );
  }
}
