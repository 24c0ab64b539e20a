import { Button, JsonInput, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../api/client.js';
import { messageOf } from '../api/problem.js';
import { connectionsQuery } from '../connections/connection-queries.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { VerdictBadge } from '../pieces/verdict-badge.js';
import type { PolicyDraft } from './policy-draft.js';
import classes from './policy-editor.module.css';
import { simulationOf } from './simulation.js';

interface SimulateCallProps {
  /** Asked instead of the policy it would replace; undefined for the policies in force, all of them. */
  readonly draft: PolicyDraft | undefined;
  /** Slug the policy is for; null for the organization's, where one is chosen. */
  readonly connection: string | null;
}

/** One call, made up, and what would be decided of it: nothing is sent, stored or counted. */
export function SimulateCall({ draft, connection }: SimulateCallProps) {
  const connections = useQuery(connectionsQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const [tool, setTool] = useState('');
  const [user, setUser] = useState('');
  const [args, setArgs] = useState('{}');
  const slug = connection ?? chosen ?? connections.data?.[0]?.slug ?? null;
  const simulate = useMutation({
    mutationFn: async () => {
      const body = {
        policy: draft?.document === undefined ? null : { ...draft.document },
        request: {
          connection: slug ?? '',
          method: 'tools/call',
          tool: tool.trim(),
          user: user.trim() || null,
          arguments: JSON.parse(args || '{}') as unknown,
        },
      };
      return simulationOf(await dataOf(api.POST('/api/v1/policies/simulate', { body })));
    },
  });
  return (
    <section className={classes['card']} aria-label="Simulate a call">
      <h2>Simulate a call</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          simulate.mutate();
        }}
      >
        <Stack gap="xs">
          {connection === null && (
            <Select
              label="Connection"
              size="xs"
              data={connections.data?.map((one) => one.slug) ?? []}
              value={slug}
              {...(connections.data?.length === 0
                ? { description: 'There is none yet: create one first.' }
                : {})}
              error={connections.isError && 'The connections could not be loaded.'}
              allowDeselect={false}
              onChange={setChosen}
            />
          )}
          <TextInput
            label="Tool"
            size="xs"
            placeholder="delete_row"
            required
            value={tool}
            onChange={(event) => setTool(event.currentTarget.value)}
          />
          <TextInput
            label="User"
            size="xs"
            placeholder="ana@example.com"
            value={user}
            onChange={(event) => setUser(event.currentTarget.value)}
          />
          <JsonInput
            label="Arguments"
            size="xs"
            autosize
            minRows={2}
            maxRows={8}
            validationError="This is not JSON"
            formatOnBlur
            value={args}
            onChange={setArgs}
          />
          <Button
            type="submit"
            variant="default"
            loading={simulate.isPending}
            disabled={slug === null || (draft !== undefined && draft.document === undefined)}
          >
            {draft === undefined ? 'Ask the policies in force' : 'Ask this draft'}
          </Button>
        </Stack>
      </form>
      <div role="status">
        {simulate.isError && (
          <p className={classes['quiet']}>
            {simulate.error instanceof SyntaxError
              ? 'The arguments are not JSON.'
              : messageOf(simulate.error)}
          </p>
        )}
        {simulate.data && (
          <>
            <p>
              <VerdictBadge verdict={simulate.data.decision} />{' '}
              {simulate.data.rule === null ? (
                'No rule matches: the default decides.'
              ) : (
                <>
                  by <ForeignText text={simulate.data.rule} longest={120} />
                </>
              )}
            </p>
            <ul className={classes['samples']}>
              {simulate.data.considered.map(({ rule, result }, index) => (
                <li key={index}>
                  <ForeignText text={rule} longest={80} />
                  <span />
                  <span className={classes['quiet']}>{result}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  );
}
