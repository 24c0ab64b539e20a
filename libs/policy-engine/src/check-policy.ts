import type { PolicyDocument } from '@portcullis/contracts';
import { compileDocument } from './document-compiler.js';
import { AttributeTable } from './facts.js';
import type { PolicyErrorCode, PolicyProblem, PolicyWarningCode } from './problems.js';

export interface PolicyCheck {
  /** With defaults filled in; absent when there are errors. */
  document?: PolicyDocument;
  errors: PolicyProblem<PolicyErrorCode>[];
  warnings: PolicyProblem<PolicyWarningCode>[];
}

/** Says whether this build can enforce a document, given as parsed JSON or YAML. Never throws, whatever it is given. */
export function checkPolicy(input: unknown): PolicyCheck {
  const { document, problems } = compileDocument(
    input,
    { id: '', name: '', revision: 0 },
    new AttributeTable(),
  );
  return { ...(document ? { document } : {}), errors: problems.errors, warnings: problems.warnings };
}
