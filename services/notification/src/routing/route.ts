import type { DefaultRoute, GroupLabel, RouteList, RouteMatchers } from '@portcullis/contracts';

/** How alerts of a route are told of. Times in milliseconds. */
export interface GroupSettings {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly sendResolved: boolean;
}

export interface Route {
  /** Null: the default route. */
  readonly id: string | null;
  readonly matchers: RouteMatchers;
  readonly continue: boolean;
  readonly channels: readonly string[];
  readonly groupBy: readonly GroupLabel[];
  readonly settings: GroupSettings;
}

/** The routes of one organization in the order they are asked; the last takes everything. */
export interface Routes {
  readonly version: number;
  readonly list: readonly Route[];
}

/** What an organization has that never set any: everything is shown, and nobody is told. */
export const NO_ROUTES: RouteList = {
  routes: [],
  defaultRoute: {
    channels: [],
    groupBy: ['kind', 'connection'],
    groupWait: 30,
    groupInterval: 300,
    repeatInterval: 14_400,
    sendResolved: true,
  },
};

export function routesOf(version: number, { routes, defaultRoute }: RouteList): Routes {
  return {
    version,
    list: [
      ...routes.map((route) => ({
        id: route.id ?? '',
        matchers: route.matchers,
        continue: route.continue,
        ...told(route),
      })),
      { id: null, matchers: {}, continue: false, ...told(defaultRoute) },
    ],
  };
}

/** Settings of a group's route; those of the default route where it is gone by now. */
export function settingsOf(routes: Routes, routeId: string | null): GroupSettings {
  const route = routes.list.find(({ id }) => id === routeId) ?? routes.list.at(-1)!;
  return route.settings;
}

function told(route: DefaultRoute): Pick<Route, 'channels' | 'groupBy' | 'settings'> {
  return {
    channels: route.channels,
    groupBy: route.groupBy,
    settings: {
      groupWaitMs: route.groupWait * 1000,
      groupIntervalMs: route.groupInterval * 1000,
      repeatIntervalMs: route.repeatInterval * 1000,
      sendResolved: route.sendResolved,
    },
  };
}
