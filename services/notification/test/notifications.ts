import type { AlertSummary, Notification } from '../src/delivery/notification.js';

export const AT = '2026-03-02T10:00:00.000Z';

export function anAlert(over: Partial<AlertSummary> = {}): AlertSummary {
  return {
    id: '0198f5a0-0000-7000-8000-0000000000a1',
    kind: 'rate_spike',
    severity: 'high',
    state: 'open',
    title: 'github: 300 calls in 5 minutes, three times the usual',
    connection: 'github',
    agent: 'claude-ci',
    user: 'ana@example.com',
    tool: 'delete_row',
    rule: null,
    occurrences: 2,
    firstSeenAt: AT,
    lastSeenAt: AT,
    link: 'https://portcullis.example.com/alerts/0198f5a0-0000-7000-8000-0000000000a1',
    ...over,
  };
}

export function aNotification(over: Partial<Notification> = {}): Notification {
  return {
    id: '0198f5a0-0000-7000-8000-0000000000b1',
    tenantId: 'acme',
    channelId: '0198f5a0-0000-7000-8000-0000000000c1',
    kind: 'firing',
    groupKey: 'r1:kind=rate_spike',
    alerts: [anAlert()],
    omitted: 0,
    links: { alerts: 'https://portcullis.example.com/alerts' },
    createdAt: AT,
    ...over,
  };
}

/** What an attacker may put into the name of a tool or an agent. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '<!channel> *bold* _it_ `code` <https://evil.example|click>',
  '[click](https://evil.example) ![x](https://evil.example/x.png)',
  '{{DATE(2026-03-02T10:00:00Z, SHORT)}}',
  'line\r\nBcc: everybody@example.com\n\n.\r\nMAIL FROM:<x>',
  'a\u202Egnp.exe\u2066\u200b\u0000\u001b[31mred\u0007',
  '<165>1 2026-03-02T10:00:00Z other app - - [x y="]"] forged',
  'see HTTPS://evil.example/a or www.evil.example to acknowledge',
  '"><img src=x onerror=alert(1)>&amp;',
];
