import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client.js';

/** How the services are, asked for as long as anybody looks: an error means that the server cannot be reached at all. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  // 503 is an answer here: it says which service is not well.
  queryFn: async () => {
    const { data, error } = await api.GET('/api/v1/health');
    return (data ?? (error as unknown as typeof data))?.data ?? null;
  },
  // Sooner while it is away: the page goes on when it is back.
  refetchInterval: ({ state }) => (state.status === 'error' ? 3_000 : 10_000),
  retry: false,
});
