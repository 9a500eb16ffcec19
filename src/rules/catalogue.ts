// The table of all rules. Their order is the order of precedence: of the rules that hold in one incident, the first
// names the finding and the others stand in its `also`. So rules that name what was lost come before rules that name
// a cause.
import { clientGaveUp } from './client-gave-up.ts';
import { finCrossesRequest } from './fin-crosses-request.ts';
import { idleTimeoutMismatch } from './idle-timeout-mismatch.ts';
import { requestAfterFin } from './request-after-fin.ts';
import { requestDroppedAtClose } from './request-dropped-at-close.ts';
import { resetDestroysResponse } from './reset-destroys-response.ts';
import { resetInsteadOfResponse } from './reset-instead-of-response.ts';
import { resetMidResponse } from './reset-mid-response.ts';
import type { Rule, RuleDocumentation } from './rule.ts';
import type { ServerRule } from './server-rule.ts';
import { truncatedResponse } from './truncated-response.ts';
import { unannouncedClose } from './unannounced-close.ts';
import { undelayedClose } from './undelayed-close.ts';
import { unsafeRetry } from './unsafe-retry.ts';

/** Rules about how one connection ended. */
export const CONNECTION_RULES: readonly Rule[] = [
  finCrossesRequest,
  requestAfterFin,
  requestDroppedAtClose,
  resetInsteadOfResponse,
  resetMidResponse,
  resetDestroysResponse,
  truncatedResponse,
  // Here belongs idle-connection-dropped: a request that is only retransmitted and never acknowledged.
  clientGaveUp,
  undelayedClose,
  unannouncedClose,
  // Here belong request-after-close-header, close-not-initiated and half-closed-lingering.
];

/** Rules about what a client did on another connection after a loss: a finding of their own, tied to that of the loss. */
export const RETRY_RULES: readonly Rule[] = [unsafeRetry];

/** Rules about a server as one client sees it, over all connections between them. */
export const SERVER_RULES: readonly ServerRule[] = [
  idleTimeoutMismatch,
  // Here belong keep-alive-header-mismatch, reuse-near-timeout and keep-alive-unused.
];

export const RULES: readonly { readonly documentation: RuleDocumentation }[] = [
  ...CONNECTION_RULES,
  ...RETRY_RULES,
  ...SERVER_RULES,
];

export function ruleNamed(id: string): { readonly documentation: RuleDocumentation } | undefined {
  return RULES.find((rule) => rule.documentation.id === id);
}
