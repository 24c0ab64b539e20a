import {
  policyVersionViewSchema,
  policyViewSchema,
  simulatedCallSchema,
  SLUG_PATTERN,
} from '@portcullis/contracts';
import { z } from 'zod';
import { timeText } from '../audit-store/time-range.js';
import { idParams, pageQuery } from '../http/page.js';
import { defineRoute } from '../http/route.js';

const tag = 'Policies';

/** A policy document as JSON fields, or whole as YAML text. Its content is checked by the policy service. */
const documentFields = z
  .looseObject({
    name: z.string().trim().min(1).max(200).optional(),
    rules: z.array(z.unknown()).max(5000).optional(),
    yaml: z.string().max(1_000_000).optional(),
    note: z.string().max(1000).optional(),
  })
  .refine((body) => (body.yaml === undefined) !== (body.rules === undefined), 'either rules or yaml');

const simulated = simulatedCallSchema.strict();

export const listPolicies = defineRoute({
  method: 'GET',
  path: '/policies',
  access: { scope: 'policies:read' },
  tag,
  summary: 'Policies in the order they are asked; with `connection`, those of one connection',
  query: pageQuery.extend({ connection: z.string().max(64).optional() }),
  answer: z.array(policyViewSchema),
});

export const getPolicy = defineRoute({
  method: 'GET',
  path: '/policies/:id',
  access: { scope: 'policies:read' },
  tag,
  summary: 'One policy with its document in force',
  params: idParams,
  answer: policyViewSchema,
  problems: ['policy.not_found'],
});

export const createPolicy = defineRoute({
  method: 'POST',
  path: '/policies',
  access: { scope: 'policies:write' },
  tag,
  status: 201,
  summary: 'Create a policy and publish its version 1',
  body: documentFields.and(z.looseObject({ connection: z.string().regex(SLUG_PATTERN).nullish() })),
  answer: policyViewSchema,
  problems: ['policy.invalid', 'policy.not_supported', 'connection.not_found'],
});

export const publishPolicy = defineRoute({
  method: 'PUT',
  path: '/policies/:id',
  access: { scope: 'policies:write' },
  tag,
  summary: 'Publish the next version; `If-Match` names the version it replaces',
  params: idParams,
  body: documentFields,
  answer: policyViewSchema,
  problems: ['policy.invalid', 'policy.not_supported', 'policy.not_found', 'policy.version_conflict'],
});

export const deletePolicy = defineRoute({
  method: 'DELETE',
  path: '/policies/:id',
  access: { scope: 'policies:write' },
  tag,
  summary: 'Delete a policy; its versions stay in the audit history',
  params: idParams,
  answer: policyViewSchema,
  problems: ['policy.not_found'],
});

export const listPolicyVersions = defineRoute({
  method: 'GET',
  path: '/policies/:id/versions',
  access: { scope: 'policies:read' },
  tag,
  summary: 'Versions of a policy, newest first',
  params: idParams,
  query: pageQuery,
  answer: z.array(policyVersionViewSchema),
  problems: ['policy.not_found'],
});

export const rollBackPolicy = defineRoute({
  method: 'POST',
  path: '/policies/:id/roll-back',
  access: { scope: 'policies:write' },
  tag,
  summary: 'Publish an earlier version again, as a new version',
  params: idParams,
  body: z.strictObject({ version: z.number().int().positive(), note: z.string().max(1000).optional() }),
  answer: policyViewSchema,
  problems: ['policy.not_found', 'policy.version_not_found'],
});

export const activatePolicy = defineRoute({
  method: 'POST',
  path: '/policies/:id/activate',
  access: { scope: 'policies:write' },
  tag,
  summary: 'Put a policy in force',
  params: idParams,
  answer: policyViewSchema,
  problems: ['policy.not_found'],
});

export const deactivatePolicy = defineRoute({
  method: 'POST',
  path: '/policies/:id/deactivate',
  access: { scope: 'policies:write' },
  tag,
  summary: 'Take a policy out of force',
  params: idParams,
  answer: policyViewSchema,
  problems: ['policy.not_found'],
});

export const movePolicy = defineRoute({
  method: 'POST',
  path: '/policies/:id/move',
  access: { scope: 'policies:write' },
  tag,
  summary: 'Change the place of a policy in the order',
  params: idParams,
  body: z.strictObject({ order: z.number().int().min(0).max(10_000) }),
  answer: policyViewSchema,
  problems: ['policy.not_found'],
});

export const simulatePolicy = defineRoute({
  method: 'POST',
  path: '/policies/simulate',
  access: { scope: 'policies:read' },
  tag,
  summary: 'What a draft, or the policies in force, would decide; nothing is stored or counted',
  body: z.strictObject({ policy: z.record(z.string(), z.unknown()).nullish(), request: simulated }),
  answer: z.unknown(),
  problems: ['policy.invalid', 'connection.not_found'],
});

export const previewRule = defineRoute({
  method: 'POST',
  path: '/policies/preview',
  access: { scope: 'policies:read' },
  tag,
  summary:
    'Which calls of the past one rule would have matched, standing alone: at most 20,000, newest first',
  body: z.strictObject({
    rule: z.record(z.string(), z.unknown()),
    connection: z.string().min(1).max(64).nullish(),
    timeZone: z.string().max(64).optional(),
    from: timeText.default('now-1d'),
    to: timeText.default('now'),
  }),
  answer: z.object({
    matched: z.number().int(),
    scanned: z.number().int(),
    truncated: z.boolean(),
    undecided: z.number().int(),
    byDecision: z.record(z.string(), z.number().int()),
    unknowable: z.array(z.string()),
    samples: z.array(
      z.object({
        id: z.string(),
        time: z.string(),
        tool: z.string().nullable(),
        user: z.string().nullable(),
        agent: z.string().nullable(),
        connection: z.string().nullable(),
        decision: z.string(),
      }),
    ),
  }),
  problems: ['policy.invalid', 'policy.not_supported', 'connection.not_found'],
});
