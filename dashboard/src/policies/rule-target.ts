import type { RuleTarget } from '@portcullis/contracts';

/** A target of some kind with some pattern. */
export function targetOf(kind: RuleTarget['kind'], pattern: string): RuleTarget {
  switch (kind) {
    case 'mcp_tool':
      return { kind, tool: pattern };
    case 'mcp_resource':
      return { kind, uri: pattern };
    case 'mcp_prompt':
      return { kind, prompt: pattern };
    case 'mcp_method':
      return { kind, method: pattern };
  }
}
