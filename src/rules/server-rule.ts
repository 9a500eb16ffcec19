// The contracts of rules about a server as a whole: checked once, when all of its connections were seen.
import type { ClientLimits } from '../timeouts/infer.ts';
import type { ClientObservations, ServerObservations } from '../timeouts/server-observations.ts';
import type { Case, RuleDocumentation, ServerKnowledge } from './rule.ts';

/** Requests of one client that were lost to this server's closes of idle connections. */
export interface IdleLosses {
  /** Idle time (ns) before each of those closes. */
  readonly idleTimes: readonly number[];
}

/** One observed close is an estimate, never a fact: nothing is reported on it alone. */
export const LEAST_OBSERVED = 2;

/** A server as one of its clients meets it. */
export interface ServerRule {
  readonly documentation: RuleDocumentation;
  /** The rule under which this one is told where both hold for one client: then it is no finding of its own. */
  readonly isPartOf?: string;
  check(
    server: ServerObservations,
    client: ClientObservations,
    knowledge: ServerKnowledge,
    losses: IdleLosses,
    clientLimits: ClientLimits,
  ): Case | null;
}

/** A server towards everybody. `lost`: requests of all clients that were lost to its closes of idle connections. */
export interface EndpointRule {
  readonly documentation: RuleDocumentation;
  check(server: ServerObservations, knowledge: ServerKnowledge, lost: number): Case | null;
}
