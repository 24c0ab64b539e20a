import type { FindingKind } from '@portcullis/contracts';
import type { Draft } from './call-record.js';
import type { Agent } from './population.js';
import type { Random } from './random.js';

export const SCENARIOS = [
  'flood',
  'bulk read',
  'slow bulk read',
  'spread bulk read',
  'hour-long read',
  'tool probing',
  'argument probing',
  'new tool',
  'destruction',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** What has to be found of an attack, and where. */
export interface Attack {
  readonly scenario: Scenario;
  readonly kinds: readonly FindingKind[];
  readonly connection: string;
  readonly agent: string;
  readonly tool: string | null;
  readonly from: number;
  readonly to: number;
  readonly calls: readonly Draft[];
}

/** Of the whole connection or of one caller: either shows that somebody takes much more than usual. */
const RATES = ['rate_spike', 'bulk_access'] as const;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** By ATLAS 5.6: denial of service, exfiltration and its slow form, discovery twice, tool invocation, data destruction. */
export function attackOf(scenario: Scenario, agent: Agent, from: number, random: Random): Attack {
  const over = (
    count: number,
    lastingMs: number,
    draft: (n: number) => Partial<Draft> = () => ({}),
  ): Draft[] =>
    Array.from({ length: count }, (_, n) => ({
      agent,
      at: Math.floor(from + (n * lastingMs) / count),
      latencyMs: 50,
      tool: agent.tools[0]!,
      refused: false,
      argument: random.below(1_000_000_000),
      ...draft(n),
    }));
  const attack = (
    kinds: FindingKind | readonly FindingKind[],
    calls: Draft[],
    tool: string | null = null,
  ): Attack => ({
    scenario,
    kinds: [kinds].flat(),
    connection: agent.connection.id,
    agent: agent.name,
    tool,
    from,
    to: calls.at(-1)!.at,
    calls,
  });
  switch (scenario) {
    case 'flood':
      return attack(RATES, over(1_500 + random.below(3_000), 10 * MINUTE));
    case 'bulk read':
      return attack(RATES, over(600 + random.below(1_200), 15 * MINUTE));
    case 'slow bulk read':
      return attack(RATES, over(200 + random.below(200), 20 * MINUTE));
    case 'spread bulk read':
      // As slow, and through three tools by turns, to look like work.
      return attack(
        RATES,
        over(200 + random.below(200), 20 * MINUTE, (n) => ({ tool: agent.tools[n % 3]! })),
      );
    case 'hour-long read':
      return attack(RATES, over(300 + random.below(300), 60 * MINUTE));
    case 'tool probing': {
      // Names are guessed, or taken from the list of tools.
      const listed = random.shuffled(agent.connection.tools.filter((tool) => !agent.tools.includes(tool)));
      const names = random.chance(0.5) ? listed : [];
      return attack(
        'denial_burst',
        over(6 + random.below(10), 5 * MINUTE, (n) => ({ tool: names[n] ?? `guess_${n}`, refused: true })),
      );
    }
    case 'argument probing':
      return attack(
        'denial_burst',
        over(12 + random.below(20), 8 * MINUTE, () => ({ refused: true })),
      );
    case 'new tool': {
      const tool = `admin_export_${random.below(1_000)}`;
      return attack(
        'first_use',
        over(3, MINUTE, () => ({ tool })),
        tool,
      );
    }
    case 'destruction': {
      const tool = `drop_${random.below(1_000)}`;
      return attack(
        'destructive_name',
        over(2, MINUTE, () => ({ tool })),
        tool,
      );
    }
  }
}
