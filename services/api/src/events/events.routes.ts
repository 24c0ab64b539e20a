import { z } from 'zod';
import { defineRoute } from '../http/route.js';

export const streamEvents = defineRoute({
  method: 'GET',
  path: '/events',
  access: { scope: 'events:read' },
  tag: 'Live',
  answerType: 'text/event-stream',
  summary:
    'Server-sent events: tool_call, session_update, anomaly, hold, alert. `Last-Event-ID` resumes; a heartbeat comment every 15 s',
  query: z.object({
    /** A Lens filter that chooses among calls. */
    q: z.string().max(4096).default(''),
    /** As `Last-Event-ID`, for clients that cannot set it. */
    after: z.string().max(4096).optional(),
  }),
  problems: ['events.busy', 'events.bad_position', 'lens.invalid'],
});
