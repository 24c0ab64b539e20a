/** What the first start publishes for the connection `everything`: every kind of answer once, and nothing in the way. */
export const SAMPLE_POLICY = {
  version: 1,
  name: 'everything: sample',
  description: 'Made by npm start. Change it or delete it: it is not made again.',
  rules: [
    {
      name: 'no destructive wording',
      target: { kind: 'mcp_tool', tool: 'echo' },
      conditions: {
        'arguments.message': { matches: '(?i)\\b(drop|truncate|delete)\\s+(table|database)\\b' },
      },
      action: 'deny',
      message: 'The sample policy refuses messages that speak of dropping tables.',
    },
    {
      name: 'the environment is worth an alert',
      target: { kind: 'mcp_tool', tool: 'get-env' },
      action: 'alert',
      severity: 'medium',
    },
    {
      name: 'tools, 600 a minute for each key',
      target: { kind: 'mcp_tool', tool: '*' },
      action: 'allow',
      limit: { calls: 600, per: '1m', key: ['key'] },
    },
    { name: 'resources', target: { kind: 'mcp_resource', uri: '*' }, action: 'allow' },
    { name: 'prompts', target: { kind: 'mcp_prompt', prompt: '*' }, action: 'allow' },
    {
      // The rules above decide on tools, resources and prompts: a method rule for all would let through what they leave.
      name: 'every other method',
      target: { kind: 'mcp_method', method: '!{tools/call,resources/read,prompts/get}' },
      action: 'allow',
    },
  ],
} as const;
