import { useQueryClient } from '@tanstack/react-query';
import { ask } from '../api/ask.js';
import { forgetStoredDrafts } from './stored-drafts.js';

/** Ends the session, then leaves nothing of it in this page: it is loaded anew. */
export function useSignOut(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await ask<unknown>('POST', '/api/v1/auth/sign-out', {});
    queryClient.clear();
    forgetStoredDrafts();
    window.location.assign('/sign-in');
  };
}
