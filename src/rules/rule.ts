// The contract of a rule: what it tells, why, what to do, and the check itself. `catalogue.ts` is the table of all.
import type { History } from '../history/history.ts';
import type { Candidate, Knob } from '../timeouts/candidates.ts';
import type { Exposure } from '../timeouts/exposure.ts';
import type { ServerLimits } from '../timeouts/infer.ts';
import type { Confidence, Delivered, Evidence, Executed, Severity } from './finding.ts';

/** What `finrace rules` prints, the same words for people and for reports. */
export interface RuleDocumentation {
  /** kebab-case, the name that scripts use. */
  readonly id: string;
  /** The severities its findings can have, the gravest first. */
  readonly severities: readonly Severity[];
  /** One line: what it reports. */
  readonly title: string;
  /** The same as a clause for the first sentence of a report: "3 requests were lost on 10.0.0.2:8080: <headline>". */
  readonly headline: string;
  /** The server's idle timeout belongs to the story: the first sentence names it. */
  readonly isAboutIdling?: true;
  /** Why it happens and why it hurts, in a few sentences. */
  readonly explanation: string;
  /** What to change. */
  readonly advice: string;
  /** How it is proven: the predicate in words, with its numbers. */
  readonly proof: string;
  /** What clients, proxies and servers log when it happens, verbatim texts a user may search for. */
  readonly symptoms: readonly string[];
  /** A conversation script (see testing/conversation.ts) that shows it; a test runs it. */
  readonly example: string;
}

/** What is known of the server, over all of its connections, once the whole capture was read. */
export interface ServerKnowledge extends ServerLimits {
  /** Products whose default the idle timeout may be. */
  readonly candidates: readonly Candidate[];
  /** The setting of the product that the Server field names. */
  readonly knob: Knob | null;
}

/** The words for one case. */
export interface Description {
  readonly summary: string;
  readonly explanation: string;
  readonly advice: string;
  readonly evidence: readonly Evidence[];
  readonly consequences: readonly string[];
  /** How much of the traffic is at stake, where a timeout is the cause. */
  readonly exposure?: Exposure | null;
}

/** A rule's predicate holds. */
export interface Case {
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly executed: Executed | null;
  readonly delivered: Delivered | null;
  /** Requests whose response did not come, or not in full, or may not have been read; 0 when nothing was lost, and for
   * a server as a whole, since each of its losses has its own case. */
  readonly lostRequests: number;
  /** When it happened, and the frame that it is about. */
  readonly time: number;
  readonly frame: number;
  /** Method and target of the request concerned, '' when none. Hostile. */
  readonly route: string;
  /** The cause in a word, without numbers that differ from capture to capture. */
  readonly cause: string;
  /** How long the connection had been idle when the server closed it (ns); NaN when that is not the point. */
  readonly idleBefore: number;
  /** Called only for cases that are reported. */
  describe(server: ServerKnowledge): Description;
}

/** A rule about one connection. Early returns, then one case; null: nothing to say. */
export interface Rule {
  readonly documentation: RuleDocumentation;
  /** It can hold only where some request has no response, or a part of one. */
  readonly isAboutUnanswered?: true;
  check(history: History): Case | null;
}
