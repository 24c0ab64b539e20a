import type { PolicyDocument } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import { checkPolicy } from '@portcullis/policy-engine';

/** The document with its defaults, or a rejection that names each place this build cannot enforce. */
export function checkedDocument(input: unknown): PolicyDocument {
  const { document, errors } = checkPolicy(input);
  if (document && errors.length === 0) return document;
  const unsupported = errors.length > 0 && errors.every((error) => error.code === 'policy.not_supported');
  throw new Rejection(
    unsupported ? 'policy.not_supported' : 'policy.invalid',
    'invalid',
    unsupported ? 'The policy uses what this version does not enforce yet.' : 'The policy is not valid.',
    errors.map(({ code, pointer, message }) => ({ code, pointer, message })),
  );
}
