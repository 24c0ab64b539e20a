import { z } from 'zod';
import { defineRoute } from '../http/route.js';

export const getDashboardSettings = defineRoute({
  method: 'GET',
  path: '/dashboard',
  access: 'authenticated',
  tag: 'System',
  summary: 'What the dashboard shows of the deployment: where agents connect',
  answer: z.object({
    /** Base URL of the gateway, as agents reach it; a connection is at `/v1/mcp/{slug}` below. */
    gatewayUrl: z.string(),
  }),
});
