import { defineRoute } from '../http/route.js';

export const streamEvents = defineRoute({
  method: 'GET', path: '/events', access: { scope: 'events:read' }, tag: 'Live', answerType: 'text/event-stream',
  summary: 'Server-sent events: tool_call, session_update, anomaly, hold, alert. `Last-Event-ID` resumes; a heartbeat comment every 15 s',
  problems: ['events.busy', 'events.bad_position'],
});
