import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './problem.js';

/** One cache for what the API answered. `onSignedOut` is told when an answer says that nobody is signed in any more. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (error instanceof ApiProblem && error.status === 401) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      // Asked even when the browser believes that it has no network: the server may be on this machine, and what cannot be
      // had must say so now. An order that waited for the network would be carried out when nobody expects it any more.
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        refetchOnReconnect: true,
        staleTime: 10_000,
        // What the server refused it will refuse again; what did not reach it may.
        retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && error.isRefusal),
        // Within a second a person knows, and can press for another try.
        retryDelay: (failures) => 250 * 2 ** failures,
      },
    },
  });
}
