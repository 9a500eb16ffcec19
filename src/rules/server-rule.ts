// The contract of a rule about a server as a whole: checked once, when all of its connections were seen.
import type { ClientObservations, ServerObservations } from '../timeouts/server-observations.ts';
import type { Case, RuleDocumentation, ServerKnowledge } from './rule.ts';

/** Requests of one client that were lost to this server's closes of idle connections. */
export interface IdleLosses {
  /** Idle time (ns) before each of those closes. */
  readonly idleTimes: readonly number[];
}

export interface ServerRule {
  readonly documentation: RuleDocumentation;
  check(
    server: ServerObservations,
    client: ClientObservations,
    knowledge: ServerKnowledge,
    losses: IdleLosses,
  ): Case | null;
}
