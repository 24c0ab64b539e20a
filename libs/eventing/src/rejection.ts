export type RejectionKind = 'invalid' | 'forbidden' | 'not_found' | 'conflict' | 'precondition_failed';

export interface RejectionIssue {
  /** JSON pointer into the input. */
  readonly pointer: string;
  readonly message: string;
  /** Stable, where one rejection stands for several findings. */
  readonly code?: string;
}

/** A command was understood and refused. The code is stable (`<area>.<reason>`), the message may be shown to anyone who may ask. */
export class Rejection extends Error {
  override readonly name = 'Rejection';

  constructor(
    readonly code: string,
    readonly kind: RejectionKind,
    message: string,
    readonly issues: readonly RejectionIssue[] = [],
  ) {
    super(message);
  }
}
