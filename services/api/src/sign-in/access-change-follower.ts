import { TOPICS, type ApiActivityData, type PolicyEventData } from '@portcullis/contracts';
import type { EventLog, LogRecord, RunningReader } from '@portcullis/eventlog';
import type { Logger } from 'pino';
import type { AccessChanges } from './access-changes.js';

/** Events after which somebody may do less than before, and the id of whose access that is. */
const CHANGED: Readonly<Record<string, (data: AccessData) => unknown>> = {
  MemberRoleChanged: ({ memberId }) => memberId,
  MemberRemoved: ({ memberId }) => memberId,
  ApiKeyRevoked: ({ keyId }) => keyId,
  LoginEnded: ({ loginId }) => loginId,
  OrganizationChosen: ({ loginId }) => loginId,
};
type AccessData = Partial<
  PolicyEventData<'MemberRemoved'> & PolicyEventData<'ApiKeyRevoked'> & ApiActivityData<'LoginEnded'>
>;

/**
 * Reads at the end of the event log whose access was taken away, whichever replica of the API did it or the policy service
 * itself, and tells this replica. What happened while the log could not be read comes when it can.
 */
export class AccessChangeFollower {
  #reader: RunningReader | undefined;

  constructor(
    private readonly log: Pick<EventLog, 'tail'>,
    private readonly changes: AccessChanges,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    this.#reader = await this.log.tail({
      topics: [TOPICS.policyChanges.name, TOPICS.apiActivity.name],
      onBatch: ({ records }) => {
        this.changes.tell(...new Set(records.flatMap(changedBy)));
        return Promise.resolve();
      },
      onError: (error) => this.logger.warn({ err: error }, 'changes of access cannot be read; tried again'),
    });
  }

  async stop(): Promise<void> {
    await this.#reader?.stop();
  }
}

function changedBy({ type, value }: LogRecord): string[] {
  const idOf = Object.hasOwn(CHANGED, type) ? CHANGED[type] : undefined;
  if (idOf === undefined) return [];
  try {
    const { data } = JSON.parse(new TextDecoder().decode(value)) as { data: AccessData };
    const id = idOf(data);
    return typeof id === 'string' ? [id] : [];
  } catch {
    // The audit service keeps what cannot be read; credentials are looked at again without it, too.
    return [];
  }
}
