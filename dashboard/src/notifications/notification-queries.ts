import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { allRows, answerOf, api, dataOf, type DataOf } from '../api/client.js';

export type Channel = DataOf<'/api/v1/notification-channels', 'get'>[number];
export type ChannelType = Channel['type'];
export type RouteList = DataOf<'/api/v1/notification-routes', 'get'>;
export type Route = RouteList['routes'][number];
export type DefaultRoute = RouteList['defaultRoute'];
export type Delivery = DataOf<'/api/v1/notification-deliveries', 'get'>[number];

export const CHANNELS = ['notification-channels'];
export const ROUTES = ['notification-routes'];
export const DELIVERIES = ['notification-deliveries'];

export const channelsQuery = queryOptions({
  queryKey: CHANNELS,
  queryFn: () =>
    allRows((cursor) =>
      api.GET('/api/v1/notification-channels', {
        params: { query: { limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
      }),
    ),
  refetchInterval: 10_000,
});

export const routesQuery = queryOptions({
  queryKey: ROUTES,
  queryFn: (): Promise<RouteList> => dataOf(api.GET('/api/v1/notification-routes')),
});

export const deliveriesQuery = (status: Delivery['status'] | undefined) =>
  infiniteQueryOptions({
    queryKey: [...DELIVERIES, status ?? 'all'],
    queryFn: async ({ pageParam }) => {
      const query = {
        limit: 100,
        ...(status === undefined ? {} : { status }),
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      const { data, meta } = await answerOf(
        api.GET('/api/v1/notification-deliveries', { params: { query } }),
      );
      return { rows: data, cursor: (meta['cursor'] ?? null) as string | null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    refetchInterval: 5_000,
  });
