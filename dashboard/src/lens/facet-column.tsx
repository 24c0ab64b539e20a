import { Loader, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { FIELDS, parse, selectionsOf, type Selection } from '@portcullis/lens';
import { useQuery } from '@tanstack/react-query';
import { IconChevronRight, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { FacetValueLine } from './facet-value-line.js';
import classes from './facet-column.module.css';
import { fetchFacets, fetchValues, type Facet, type LensRun } from './lens-requests.js';
import { OPEN_FACETS } from './use-lens.js';

export interface FacetColumnProps {
  readonly run: LensRun;
  /** Counts of the fields that stand open at first; undefined until they are there. */
  readonly facets: readonly Facet[] | undefined;
  /** Whether the last question for them failed. */
  readonly failed: boolean;
  readonly onSelect: (field: string, value: string, selection: Selection) => void;
}

const OTHER_FACETS = FIELDS.filter(({ name, facet }) => facet === true && !OPEN_FACETS.includes(name)).map(
  ({ name }) => name,
);

/** Every faceted field with the counts of its values under the current filter. */
export function FacetColumn({ run, facets, failed, onSelect }: FacetColumnProps) {
  if (failed && facets === undefined)
    return <p className={classes['none']}>Values are counted when the query runs.</p>;
  return (
    <div className={classes['column']}>
      {OPEN_FACETS.map((field) => (
        <FacetSection
          key={field}
          field={field}
          run={run}
          facet={facets?.find((facet) => facet.field === field)}
          given
          failed={failed}
          onSelect={onSelect}
        />
      ))}
      {OTHER_FACETS.map((field) => (
        <FacetSection
          key={field}
          field={field}
          run={run}
          facet={undefined}
          given={false}
          failed={false}
          onSelect={onSelect}
        />
      ))}
    </div>
  );
}

interface FacetSectionProps {
  readonly field: string;
  readonly run: LensRun;
  readonly facet: Facet | undefined;
  /** Whether the counts come with the page; else they are asked for when opened. */
  readonly given: boolean;
  readonly failed: boolean;
  readonly onSelect: FacetColumnProps['onSelect'];
}

function FacetSection({ field, run, facet, given, failed, onSelect }: FacetSectionProps) {
  const [open, setOpen] = useState(given);
  const [searched, setSearched] = useState('');
  const [prefix] = useDebouncedValue(searched, 200);
  const own = useQuery({
    queryKey: ['lens', 'facets', run, field],
    queryFn: async ({ signal }) => (await fetchFacets(run, [field], signal))[0],
    enabled: open && !given,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (previous) => previous,
  });
  const search = useQuery({
    queryKey: ['lens', 'values', run, field, prefix],
    queryFn: ({ signal }) =>
      fetchValues({ field, prefix, q: filterOf(run.q), from: run.from, to: run.to, limit: 50 }, signal),
    enabled: open && prefix !== '',
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
  const selections = useMemo(() => selectionsOf(parse(run.q).query, field), [run.q, field]);
  const shown = given ? facet : own.data;
  const listed = prefix === '' ? shown?.values : search.data;
  const most = Math.max(1, ...(listed ?? []).map(({ count }) => count));
  // What the filter names stays in sight, though no row has it now.
  const unlisted = [...selections].filter(
    ([value]) => prefix === '' && !(listed ?? []).some((item) => item.value === value),
  );

  return (
    <section className={classes['section']} aria-label={`Values of ${field}`}>
      <button
        type="button"
        className={classes['heading']}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <IconChevronRight size={12} className={classes['chevron']} aria-hidden />
        <span className={classes['name']}>{field}</span>
        {selections.size > 0 && <span className={classes['selected']}>{selections.size}</span>}
      </button>
      {open && (
        <div className={classes['body']}>
          {((shown?.others.values ?? 0) > 0 || searched !== '') && (
            <TextInput
              size="xs"
              aria-label={`Search values of ${field}`}
              placeholder="Begins with…"
              value={searched}
              leftSection={<IconSearch size={12} aria-hidden />}
              rightSection={search.isFetching ? <Loader size={10} /> : undefined}
              onChange={(event) => setSearched(event.currentTarget.value)}
            />
          )}
          {unlisted.map(([value, selection]) => (
            <FacetValueLine
              key={`selected ${value}`}
              field={field}
              value={value}
              count={0}
              share={0}
              selection={selection}
              onSelect={onSelect}
            />
          ))}
          {listed === undefined && (failed || own.isError) ? (
            <div className={classes['none']}>Not counted</div>
          ) : listed === undefined ? (
            Array.from({ length: 3 }, (_, index) => <Skeleton key={index} height={18} my={3} radius="sm" />)
          ) : (
            listed.map(({ value, count }) => (
              <FacetValueLine
                key={value}
                field={field}
                value={value}
                count={count}
                share={count / most}
                selection={selections.get(value)}
                onSelect={onSelect}
              />
            ))
          )}
          {listed?.length === 0 && unlisted.length === 0 && (
            <div className={classes['none']}>{prefix === '' ? 'No values' : 'Nothing begins so'}</div>
          )}
          {prefix === '' && (shown?.others.values ?? 0) > 0 && (
            <div className={classes['others']}>
              {shown?.others.values.toLocaleString('en')} more values,{' '}
              {shown?.others.count.toLocaleString('en')} rows
            </div>
          )}
        </div>
      )}
    </section>
  );
}

/** The part of a text that filters: stages have nothing to say about values. */
function filterOf(text: string): string {
  const { query } = parse(text);
  return query.filter === null
    ? ''
    : text.slice(0, query.stages[0] === undefined ? undefined : text.indexOf('|', query.filter.to)).trim();
}
