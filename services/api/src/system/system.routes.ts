import { systemViewSchema } from '@portcullis/contracts';
import { defineRoute } from '../http/route.js';

export const getSystem = defineRoute({
  method: 'GET', path: '/system', access: { scope: 'system:read' }, tag: 'System',
  summary: 'How the deployment is doing: services, lag of each consumer, spools, dead letters, store, log. What cannot be learned is null, with the reason',
  answer: systemViewSchema,
}); // prettier-ignore
