import { Rejection } from '@portcullis/eventing';

/** Stands for the handlers of a feature that this build does not have. */
export function absent(): Promise<never> {
  throw new Rejection('notification.absent', 'invalid', 'This build cannot do that yet.');
}
