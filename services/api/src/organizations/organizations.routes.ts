import { organizationViewSchema } from '@portcullis/contracts';
import { z } from 'zod';
import { defineRoute } from '../http/route.js';

export const createOrganization = defineRoute({
  method: 'POST',
  path: '/organizations',
  access: 'signed-in',
  tag: 'Organization',
  status: 201,
  summary: 'Create an organization and become its owner',
  body: z.strictObject({ name: z.string().trim().min(1).max(200) }),
  answer: organizationViewSchema,
  problems: [
    'organization.creation_forbidden',
    'organization.limit_reached',
    'organization.exists',
    'idempotency.key_reused',
  ],
});
