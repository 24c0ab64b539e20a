import { ActionIcon, Alert, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconBellOff, IconPencil, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, dataOf } from '../api/client.js';
import { useFailure } from '../api/use-failure.js';
import { useMay } from '../identity/me.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import { useLinkKeys } from '../pieces/use-link-keys.js';
import { notice, reportProblem } from '../shell/notices.js';
import {
  ROUTES,
  channelsQuery,
  routesQuery,
  type Channel,
  type DefaultRoute,
  type Route,
  type RouteList,
} from './notification-queries.js';
import { RouteForm, type EditedRoute } from './route-form.js';
import { matcherText, timerText } from './route-words.js';
import classes from './notifications.module.css';

const NEW: Omit<Route, 'id'> = {
  name: '',
  matchers: {},
  continue: false,
  channels: [],
  groupBy: ['kind', 'connection'],
  groupWait: 30,
  groupInterval: 300,
  repeatInterval: 14_400,
  sendResolved: true,
};

interface EditProps {
  /** Id of the route whose form is open, `new` or `default`. */
  readonly edit: string | undefined;
  readonly onEdit: (id: string | undefined) => void;
}

function editedOf({ routes, defaultRoute }: RouteList, edit: string | undefined): EditedRoute | null {
  if (edit === 'new') return { kind: 'route', index: null, route: NEW };
  if (edit === 'default') return { kind: 'default', route: defaultRoute };
  const index = routes.findIndex(({ id }) => id === edit);
  const route = routes[index];
  return route === undefined ? null : { kind: 'route', index, route };
}

/** Which alerts lead where: asked from the top, the first that matches takes an alert. */
export function RouteListEditor({ edit, onEdit }: EditProps) {
  const routes = useQuery(routesQuery);
  const channels = useQuery(channelsQuery);
  const failure = useFailure(routes, channels);
  if (failure) return <ErrorState what="Routes" {...failure} />;
  if (routes.data === undefined || channels.data === undefined) return <SkeletonRows rows={4} height={72} />;
  return <Editor list={routes.data} channels={channels.data} edit={edit} onEdit={onEdit} />;
}

function Editor({
  list,
  channels,
  edit,
  onEdit,
}: EditProps & { readonly list: RouteList; readonly channels: readonly Channel[] }) {
  const mayWrite = useMay('notifications:write');
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: ({
      routes,
      defaultRoute,
    }: {
      routes: readonly (Omit<Route, 'id'> & { id?: string })[];
      defaultRoute: DefaultRoute;
    }) =>
      dataOf(
        api.PUT('/api/v1/notification-routes', {
          headers: { 'If-Match': String(list.version) },
          body: { routes: [...routes], defaultRoute },
        }),
      ),
    onSuccess: () => {
      onEdit(undefined);
      notice('The routes are in force.');
      return cache.invalidateQueries({ queryKey: ROUTES });
    },
    onError: reportProblem('The routes are as they were'),
  });
  const { routes, defaultRoute } = list;
  const edited = mayWrite ? editedOf(list, edit) : null;
  useLinkKeys('[data-route]');
  const replace = (next: readonly (Omit<Route, 'id'> & { id?: string })[]) =>
    save.mutate({ routes: next, defaultRoute });
  const move = (from: number, to: number) => {
    const next = [...routes];
    next.splice(to, 0, ...next.splice(from, 1));
    replace(next);
  };
  const keep = (result: EditedRoute) => {
    if (result.kind === 'default') return save.mutate({ routes, defaultRoute: result.route });
    replace(
      result.index === null
        ? [...routes, result.route]
        : routes.map((route, index) => (index === result.index ? result.route : route)),
    );
  };
  return (
    <>
      {channels.length === 0 && (
        <Alert variant="light" color="yellow" mb="md" icon={<IconBellOff size={16} aria-hidden />}>
          There is no channel yet, so a route has nobody to tell. Make one under Channels first; alerts stay
          in the list of alerts until then.
        </Alert>
      )}
      {routes.map((route, index) => (
        <RouteCard
          key={route.id}
          title={<ForeignText text={route.name} longest={120} />}
          {...(mayWrite ? { onOpen: () => onEdit(route.id) } : {})}
          sentence={`Takes ${matcherText(route.matchers)}${route.continue ? ', and lets the routes below have it, too' : ''}.`}
          route={route}
          channels={channels}
        >
          {mayWrite && (
            <>
              <ActionIcon
                aria-label="Move up"
                disabled={index === 0 || save.isPending}
                onClick={() => move(index, index - 1)}
              >
                <IconArrowUp size={15} />
              </ActionIcon>
              <ActionIcon
                aria-label="Move down"
                disabled={index === routes.length - 1 || save.isPending}
                onClick={() => move(index, index + 1)}
              >
                <IconArrowDown size={15} />
              </ActionIcon>
              <ActionIcon aria-label="Change the route" onClick={() => onEdit(route.id)}>
                <IconPencil size={15} />
              </ActionIcon>
              <ActionIcon
                aria-label="Delete the route"
                disabled={save.isPending}
                onClick={() => replace(routes.filter((_, other) => other !== index))}
              >
                <IconTrash size={15} />
              </ActionIcon>
            </>
          )}
        </RouteCard>
      ))}
      <RouteCard
        title="Everything else"
        {...(mayWrite ? { onOpen: () => onEdit('default') } : {})}
        sentence="Takes what no route above took."
        route={defaultRoute}
        channels={channels}
      >
        {mayWrite && (
          <ActionIcon aria-label="Change the default route" onClick={() => onEdit('default')}>
            <IconPencil size={15} />
          </ActionIcon>
        )}
      </RouteCard>
      {edited !== null && (
        <RouteForm
          key={edit}
          edited={edited}
          channels={channels}
          onSave={keep}
          onClose={() => onEdit(undefined)}
        />
      )}
    </>
  );
}

function RouteCard({
  title,
  sentence,
  route,
  channels,
  onOpen,
  children,
}: {
  readonly title: ReactNode;
  readonly onOpen?: () => void;
  readonly sentence: string;
  readonly route: DefaultRoute;
  readonly channels: readonly Channel[];
  readonly children: ReactNode;
}) {
  const names = route.channels.map(
    (id) => channels.find((channel) => channel.id === id)?.name ?? 'a deleted channel',
  );
  return (
    <article className={classes['route']}>
      <div className={classes['routeHead']}>
        {onOpen === undefined ? (
          <strong data-route tabIndex={-1}>
            {title}
          </strong>
        ) : (
          <UnstyledButton data-route className={classes['routeName'] ?? ''} onClick={onOpen}>
            {title}
          </UnstyledButton>
        )}
        <span>
          {names.length === 0 ? (
            'tells nobody'
          ) : (
            <>
              tells <ForeignText text={names.join(', ')} longest={200} />
            </>
          )}
        </span>
        <span className={classes['actions']}>{children}</span>
      </div>
      <p className={classes['quiet']}>
        {sentence} {names.length > 0 && timerText(route)}
      </p>
    </article>
  );
}
