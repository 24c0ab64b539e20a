import type { RouteList } from '@portcullis/contracts';
import { Rejection, type RejectionIssue } from '@portcullis/eventing';
import { compileGlob, GlobSyntaxError } from '@portcullis/policy-engine';

/**
 * The list as it may be stored: every route has an id of its own, every glob can be read, every channel is one of the
 * organization's. Pure.
 */
export function checkedRoutes(
  list: RouteList,
  { channels, newId }: { readonly channels: ReadonlySet<string>; readonly newId: () => string },
): RouteList {
  const issues: RejectionIssue[] = [];
  const ids = new Set<string>();
  const routes = list.routes.map((route, index) => {
    const id = route.id ?? newId();
    if (ids.has(id))
      issues.push({ pointer: `/routes/${index}/id`, message: 'is the id of another route, too' });
    ids.add(id);
    issues.push(...globIssues(route.matchers.connections ?? [], `/routes/${index}/matchers/connections`));
    issues.push(...channelIssues(route.channels, channels, `/routes/${index}/channels`));
    return { ...route, id, channels: [...new Set(route.channels)], groupBy: [...new Set(route.groupBy)] };
  });
  const { defaultRoute } = list;
  issues.push(...channelIssues(defaultRoute.channels, channels, '/defaultRoute/channels'));
  if (issues.length > 0) {
    throw new Rejection('notification_routes.invalid', 'invalid', 'The routes are not valid.', issues);
  }
  return {
    routes,
    defaultRoute: {
      ...defaultRoute,
      channels: [...new Set(defaultRoute.channels)],
      groupBy: [...new Set(defaultRoute.groupBy)],
    },
  };
}

function globIssues(globs: readonly string[], pointer: string): RejectionIssue[] {
  return globs.flatMap((glob, index) => {
    try {
      compileGlob(glob);
      return [];
    } catch (error) {
      if (!(error instanceof GlobSyntaxError)) throw error;
      return [{ pointer: `${pointer}/${index}`, message: error.message }];
    }
  });
}

function channelIssues(
  named: readonly string[],
  known: ReadonlySet<string>,
  pointer: string,
): RejectionIssue[] {
  return named.flatMap((id, index) =>
    known.has(id)
      ? []
      : [{ pointer: `${pointer}/${index}`, message: 'is no channel', code: 'channel.not_found' }],
  );
}
