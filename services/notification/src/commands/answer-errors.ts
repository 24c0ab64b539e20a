import { Rejection } from '@portcullis/eventing';
import { failureOf } from '@portcullis/postgres';
import { problemTranslation } from '@portcullis/service';

/** What commands and queries throw, as problem documents. */
export const { problemFor, withProblems } = problemTranslation({
  rejection: Rejection,
  failureOf,
  unavailable: {
    code: 'notification.unavailable',
    title: 'The notification service cannot reach its database.',
  },
});
