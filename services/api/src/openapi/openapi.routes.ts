import { defineRoute } from '../http/route.js';

export const getOpenApi = defineRoute({
  method: 'GET',
  path: '/openapi.json',
  access: 'public',
  tag: 'System',
  summary: 'This description',
  answerType: 'application/json',
});
