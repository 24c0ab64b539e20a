import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { TracePage } from './trace-page.js';

const route = getRouteApi('/signed-in/traces/$traceId');

/** A trace at its address. */
export function TraceScreen() {
  const { traceId } = route.useParams();
  const { row } = route.useSearch();
  const navigate = useNavigate();
  return (
    <TracePage
      key={traceId}
      traceId={traceId}
      row={row}
      onRow={(id) =>
        void navigate({
          to: '/traces/$traceId',
          params: { traceId },
          search: id === null ? {} : { row: id },
          replace: row !== undefined,
          resetScroll: false,
        })
      }
      onQuery={(query) => void navigate({ to: '/lens', search: query })}
    />
  );
}
