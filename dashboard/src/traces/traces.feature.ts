import { IconTimeline } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

/** What an id of a trace looks like: what the gateway makes, and what callers send. */
const LIKELY = /^[A-Za-z0-9_.:-]{8,128}$/;

export const tracesFeature: Feature = {
  searches: [
    {
      group: 'Traces',
      scope: 'audit:read',
      last: true,
      search: (text, { go }) =>
        LIKELY.test(text.trim())
          ? [
              {
                id: 'trace-open',
                title: `Open trace ${text.trim().slice(0, 60)}`,
                icon: IconTimeline,
                run: () => go(`/traces/${encodeURIComponent(text.trim())}`),
              },
            ]
          : [],
    },
  ],
};
