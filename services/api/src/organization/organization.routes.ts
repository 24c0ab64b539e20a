import { organizationViewSchema } from '@portcullis/contracts';
import { z } from 'zod';
import { defineRoute } from '../http/route.js';

const tag = 'Organization';

export const getOrganization = defineRoute({
  method: 'GET',
  path: '/organization',
  access: { scope: 'organization:read' },
  tag,
  summary: 'The organization of the caller',
  answer: organizationViewSchema,
});

export const changeOrganization = defineRoute({
  method: 'PATCH',
  path: '/organization',
  access: { scope: 'organization:write' },
  tag,
  summary: 'Rename the organization, or choose what happens when no rule matches',
  body: z
    .strictObject({
      name: z.string().trim().min(1).max(200).optional(),
      defaultAction: z.enum(['deny', 'alert']).optional(),
    })
    .refine((body) => Object.keys(body).length === 1, 'exactly one of name and defaultAction'),
  answer: organizationViewSchema,
});
