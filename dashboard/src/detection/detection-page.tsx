import { ActionIcon } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { kindWord } from '../alerts/alert-words.js';
import { useFailure } from '../api/use-failure.js';
import { connectionsQuery } from '../connections/connection-queries.js';
import { useMay } from '../identity/me.js';
import { ButtonLink } from '../pieces/button-link.js';
import { DataTable, NOTHING, type DataColumn } from '../pieces/data-table.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Page } from '../pieces/page.js';
import { ErrorState, SkeletonRows } from '../pieces/states.js';
import classes from './detection.module.css';
import { DetectionForm } from './detection-form.js';
import { figureText, placesOf, type Place } from './detection-places.js';
import { detectionQuery } from './detection-queries.js';

const COLUMNS: readonly DataColumn<Place>[] = [
  {
    id: 'place',
    header: 'Connection',
    phone: 'title',
    width: 'minmax(160px, 2fr)',
    cell: ({ connectionId, name }) =>
      connectionId === null ? name : <ForeignText text={name} longest={60} />,
  },
  {
    id: 'multiplier',
    header: 'Spike from',
    width: '170px',
    cell: (place) => <Figure place={place} value={place.settings.rateMultiplier} suffix="×" />,
  },
  {
    id: 'calls',
    header: 'Calls at least',
    width: '170px',
    cell: (place) => <Figure place={place} value={place.settings.rateMinCalls} suffix="" />,
  },
  {
    id: 'off',
    header: 'Not looked for',
    width: 'minmax(160px, 2fr)',
    cell: ({ settings }) => settings.off?.map(kindWord).join(', ') ?? NOTHING,
  },
];

/** A figure of its own stands out from one that comes from elsewhere. */
function Figure({ place, value, suffix }: { place: Place; value: number | null; suffix: string }) {
  const text = figureText(place, value, suffix);
  return value === null ? <span className={classes['inherited']}>{text}</span> : text;
}

/** What is held to be unusual, for all connections and for each. */
export function DetectionPage() {
  const detection = useQuery(detectionQuery);
  const mayList = useMay('connections:read');
  const connections = useQuery({ ...connectionsQuery, enabled: mayList });
  const mayWrite = useMay('alerts:write');
  const [edited, setEdited] = useState<Place | null>(null);
  const columns = useMemo(() => (mayWrite ? [...COLUMNS, changeColumn(setEdited)] : COLUMNS), [mayWrite]);
  // Who may not list connections sees those with settings of their own.
  const known = mayList
    ? connections.data
    : detection.data?.connections.map(({ connectionId, slug }) => ({ id: connectionId, slug }));
  const failure = useFailure(detection, connections);
  return (
    <Page
      title="Detection"
      lead="When traffic is held to be unusual: for every connection, and otherwise for one."
      actions={
        <ButtonLink to="/alerts" search={{ state: 'firing' }} variant="default">
          Alerts
        </ButtonLink>
      }
    >
      {failure ? (
        <ErrorState what="Detection" {...failure} />
      ) : detection.data === undefined || known === undefined ? (
        <SkeletonRows head rows={4} />
      ) : (
        <DataTable
          label="Detection"
          columns={columns}
          rows={placesOf(detection.data, known)}
          rowId={({ connectionId }) => connectionId ?? 'organization'}
          {...(mayWrite ? { onOpen: setEdited } : {})}
        />
      )}
      {edited !== null && <DetectionForm place={edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}

const changeColumn = (onChange: (place: Place) => void): DataColumn<Place> => ({
  id: 'change',
  header: '',
  width: '56px',
  align: 'end',
  cell: (place) => (
    <ActionIcon aria-label={`Change ${visibleText(place.name, 60)}`} onClick={() => onChange(place)}>
      <IconPencil size={15} />
    </ActionIcon>
  ),
});
