import { Alert } from '@mantine/core';
import { messageOf } from '../api/problem.js';

/** In a form: why what was asked for did not happen. */
export function ProblemAlert({ error }: { readonly error: unknown }) {
  return (
    <Alert color="red" variant="light" role="alert">
      {messageOf(error)}
    </Alert>
  );
}
