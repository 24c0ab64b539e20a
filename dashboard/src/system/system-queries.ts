import { queryOptions } from '@tanstack/react-query';
import { api, dataOf, type DataOf } from '../api/client.js';

export type System = DataOf<'/api/v1/system', 'get'>;

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: (): Promise<System> => dataOf(api.GET('/api/v1/system')),
  refetchInterval: 5_000,
});
