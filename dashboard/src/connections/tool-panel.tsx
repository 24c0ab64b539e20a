import type { ToolView } from '@portcullis/contracts';
import { Link } from '@tanstack/react-router';
import { CodeBlock } from '../pieces/code-block.js';
import { Facts } from '../pieces/facts.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { SidePanel } from '../pieces/side-panel.js';
import { Time } from '../pieces/time.js';
import { quotedValue } from './lens-value.js';
import type { ToolUsage } from './tool-usage.js';

interface ToolPanelProps {
  readonly slug: string;
  readonly tool: ToolView;
  readonly usage: ToolUsage | undefined;
  readonly onClose: () => void;
}

/** One tool: what it says of itself, its schema, who calls it. */
export function ToolPanel({ slug, tool, usage, onClose }: ToolPanelProps) {
  const q = `connection:${slug} tool:${quotedValue(tool.name)}`;
  return (
    <SidePanel
      label={`Tool ${visibleText(tool.name, 120)}`}
      title={<ForeignText text={tool.name} mono longest={120} />}
      onClose={onClose}
      subject={tool.name}
    >
      <Facts
        facts={[
          ['Title', tool.title === null ? null : <ForeignText key="title" text={tool.title} longest={300} />],
          [
            'Description',
            tool.description === null ? null : <ForeignText key="description" text={tool.description} />,
          ],
          ['Calls in 7 days', usage?.calls ?? 0],
          [
            'Agents',
            usage?.agents.length ? (
              <ForeignText key="agents" text={usage.agents.join(', ')} longest={500} />
            ) : (
              'none'
            ),
          ],
          ['First seen', <Time key="first" at={tool.firstSeenAt} />],
          ['Last seen', <Time key="last" at={tool.lastSeenAt} />],
          [
            'History',
            <Link key="lens" to="/lens" search={{ q, from: 'now-7d', to: 'now' }}>
              Open in Lens
            </Link>,
          ],
        ]}
      />
      {Object.keys(tool.annotations).length > 0 && (
        <CodeBlock
          code={JSON.stringify(tool.annotations, null, 2)}
          label="annotations"
          title="Annotations"
          wrap
        />
      )}
      <br />
      <CodeBlock
        code={JSON.stringify(tool.inputSchema, null, 2) ?? ''}
        label="input schema"
        title="Input schema"
        wrap
      />
    </SidePanel>
  );
}
