import type { EffectiveRuleView } from '@portcullis/contracts';
import { answer, connectionOf } from './directory.queries.js';
import { pageOf } from './page.js';
import { policiesInForce } from './policies-in-force.js';
import type { QueryHandlers } from './query-handler.js';

/** Every rule a call on a connection is held against, in the order they are asked. */
export const effectiveRulesQuery: Pick<QueryHandlers, 'effectiveRules'> = {
  effectiveRules(query, { directory }) {
    const policies = policiesInForce(directory, connectionOf(directory, query.connection));
    const rules = policies.flatMap(({ id, name, revision, scope, document }) =>
      document.rules.map((rule, index): EffectiveRuleView => ({
        policy: { id, name, revision, scope },
        index,
        rule,
      })),
    );
    const placed = rules.map((view, place) => ({ view, place }));
    return answer(
      pageOf(placed, query, ({ place }) => [place], ['number']),
      ({ view }) => view,
    );
  },
};
