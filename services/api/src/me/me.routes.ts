import { ROLES, SCOPES } from '@portcullis/contracts';
import { z } from 'zod';
import { defineRoute } from '../http/route.js';

const organization = { id: z.string(), name: z.string() };

export const getMe = defineRoute({
  method: 'GET',
  path: '/me',
  access: 'authenticated',
  tag: 'Sign-in',
  summary: 'Who you are, in which organization, and what you may do there',
  answer: z.object({
    /** Null for an API key. */
    user: z.object({ id: z.string(), email: z.string(), name: z.string() }).nullable(),
    /** Null for a person. */
    apiKey: z.object({ id: z.string(), label: z.string() }).nullable(),
    organization: z.object(organization),
    /** Of a person: every organization they belong to. */
    organizations: z.array(z.object({ ...organization, role: z.enum(ROLES) })),
    /** Whether the person may create organizations; of how many, `POST /organizations` says. */
    mayCreateOrganizations: z.boolean(),
    role: z.enum(ROLES).nullable(),
    /** Every scope held, those included in others spelled out. */
    scopes: z.array(z.enum(SCOPES)),
  }),
});
