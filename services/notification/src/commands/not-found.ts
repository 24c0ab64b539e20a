import { Rejection } from '@portcullis/eventing';

/** For ids that lead nowhere, or to another organization: the two must look alike. */
export function notFound(area: string, what: string): Rejection {
  return new Rejection(`${area}.not_found`, 'not_found', `No such ${what}.`);
}
