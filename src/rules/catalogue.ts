// The table of all rules. Their order is the order of precedence: of the rules that hold in one incident, the first
// names the finding and the others stand in its `also`. So rules that name what was lost come before rules that name
// a cause.
import { clientGaveUp } from './client-gave-up.ts';
import { closeNotInitiated } from './close-not-initiated.ts';
import { finCrossesRequest } from './fin-crosses-request.ts';
import { halfClosedLingering } from './half-closed-lingering.ts';
import { idleConnectionDropped } from './idle-connection-dropped.ts';
import { idleTimeoutMismatch } from './idle-timeout-mismatch.ts';
import { keepAliveHeaderMismatch } from './keep-alive-header-mismatch.ts';
import { keepAliveUnused } from './keep-alive-unused.ts';
import { requestAfterCloseHeader } from './request-after-close-header.ts';
import { requestAfterFin } from './request-after-fin.ts';
import { requestDroppedAtClose } from './request-dropped-at-close.ts';
import { resetDestroysResponse } from './reset-destroys-response.ts';
import { resetInsteadOfResponse } from './reset-instead-of-response.ts';
import { resetMidResponse } from './reset-mid-response.ts';
import { reuseNearTimeout } from './reuse-near-timeout.ts';
import type { Rule, RuleDocumentation } from './rule.ts';
import type { EndpointRule, ServerRule } from './server-rule.ts';
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
  idleConnectionDropped,
  clientGaveUp,
  requestAfterCloseHeader,
  undelayedClose,
  unannouncedClose,
  closeNotInitiated,
  halfClosedLingering,
];

/** Rules about what a client did on another connection after a loss: a finding of their own, tied to that of the loss. */
export const RETRY_RULES: readonly Rule[] = [unsafeRetry];

/** Rules about a server as one client sees it, over all connections between them. */
export const SERVER_RULES: readonly ServerRule[] = [idleTimeoutMismatch, reuseNearTimeout, keepAliveUnused];

/** Rules about a server towards all of its clients. */
export const ENDPOINT_RULES: readonly EndpointRule[] = [keepAliveHeaderMismatch];

export const RULES: readonly { readonly documentation: RuleDocumentation }[] = [
  ...CONNECTION_RULES,
  ...RETRY_RULES,
  ...SERVER_RULES,
  ...ENDPOINT_RULES,
];

export function ruleNamed(id: string): { readonly documentation: RuleDocumentation } | undefined {
  return RULES.find((rule) => rule.documentation.id === id);
}
