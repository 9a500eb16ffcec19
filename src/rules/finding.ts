// What a rule says when its case holds, and how sure it is.

import type { Exposure } from '../timeouts/exposure.ts';
import type { ClientWords } from './client-words.ts';

export const SEVERITIES = ['info', 'warning', 'error'] as const;
/** error: something was lost in this capture; warning: it will be, or a violation leads there; info: worth knowing. */
export type Severity = (typeof SEVERITIES)[number];

/** proven: by sequence numbers; likely: by timing, several samples; possible: one sample, or a capture with gaps. */
export type Confidence = 'proven' | 'likely' | 'possible';

/** Did the server process the request? Only 'no' makes a retry of a non-idempotent request safe. */
export type Executed = 'no' | 'unknown' | 'yes';

/** Did the response reach the client? */
export type Delivered = 'yes' | 'at-risk' | 'truncated';

export interface Evidence {
  readonly frame: number;
  /** Nanoseconds since the timeline's origin; NaN when unknown. */
  readonly time: number;
  /** What the frame is in this incident, e.g. 'server FIN'. */
  readonly role: string;
  /** What it proves, with the numbers. */
  readonly note: string;
  /** It is a frame of another connection than the incident's. */
  readonly isElsewhere?: true;
}

/** Is it harmless that the request was sent again? 'no': its first copy may have been executed, and it is not idempotent. */
export type RetrySafety = 'yes' | 'no';

/** Where a client sent a lost request again. */
export interface RetryReport {
  readonly stream: number;
  readonly frame: number;
  readonly time: number;
  readonly safe: RetrySafety;
}

/** A gateway's answer to its own client that a loss on its other side explains. */
export interface DownstreamFailure {
  readonly stream: number;
  /** address:port of who asked the gateway. */
  readonly client: string;
  readonly status: number;
  /** The answer's first frame. */
  readonly frame: number;
  readonly time: number;
}

/** The exchange that a finding is about. Hostile: escape it for the medium. */
export interface ExchangeReport {
  readonly request: {
    readonly method: string;
    /** As on the wire, cut at 8 KiB. */
    readonly target: string;
    readonly version: string;
  };
  /** Null: none came. */
  readonly response: { readonly status: number; readonly version: string; readonly complete: boolean } | null;
}

export interface Finding {
  /** Short, unique in the report, the same in every run over the same capture. */
  readonly id: string;
  /** The same for the same problem in another capture: made of rule, server, route and cause, never of frames. */
  readonly fingerprint: string;
  readonly rule: string;
  /** What of it goes into the fingerprint: method and path without what differs from request to request, '' when it is
   * about no request; and the cause in a word. Hostile. */
  readonly route: string;
  readonly cause: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Wireshark's tcp.stream; null for a finding about a server as a whole. */
  readonly stream: number | null;
  /** address:port (IPv6 in brackets); for a finding about a server the client's address, or null when several. */
  readonly client: string | null;
  readonly server: string;
  /** Requests that were lost by it: without a response, with a part of one, or with one that may not have been read. */
  readonly lostRequests: number;
  /** When it happened (nanoseconds since the timeline's origin), and the frame that it is about. */
  readonly time: number;
  readonly frame: number;
  /** What happened, in one sentence with endpoints, times and frame numbers. */
  readonly summary: string;
  /** The cause: why this happened. */
  readonly explanation: string;
  /** The knob to turn, with a value. */
  readonly advice: string;
  readonly evidence: readonly Evidence[];
  /** Other rules that hold in the same incident. */
  readonly also: readonly { readonly rule: string; readonly severity: Severity }[];
  readonly executed: Executed | null;
  readonly delivered: Delivered | null;
  readonly consequences: readonly string[];
  /** The exchange that was lost, or may have been; null for a finding that is about none, or about several. */
  readonly exchange: ExchangeReport | null;
  /** How much of the traffic is at stake, where a timeout is the cause. */
  readonly exposure: Exposure | null;
  /** What the client most likely logged, when its User-Agent tells who it is; null otherwise. Hostile. */
  readonly logged: ClientWords | null;
  /** The lost request was sent again on another connection; null when it was not, or nothing was lost. */
  readonly retry: RetryReport | null;
  /** What a gateway in front of the server told its own clients because of it. */
  readonly downstream: readonly DownstreamFailure[];
  /** Ids of findings that belong together with this one. */
  readonly related: readonly string[];
  /** A Wireshark display filter that selects exactly the evidence. */
  readonly displayFilter: string;
  /** A baseline knows it: it is told, but fails no gate. */
  readonly suppressed: Suppression | null;
}

/**
 * A copy of what a finding says, to be changed or handed to another thread. It cannot be spread instead: it may write its
 * words only when it is asked for them.
 */
export function copyOf(finding: Finding): Finding {
  return {
    id: finding.id,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    route: finding.route,
    cause: finding.cause,
    severity: finding.severity,
    confidence: finding.confidence,
    stream: finding.stream,
    client: finding.client,
    server: finding.server,
    lostRequests: finding.lostRequests,
    time: finding.time,
    frame: finding.frame,
    summary: finding.summary,
    explanation: finding.explanation,
    advice: finding.advice,
    evidence: finding.evidence,
    also: finding.also,
    executed: finding.executed,
    delivered: finding.delivered,
    consequences: finding.consequences,
    exchange: finding.exchange,
    exposure: finding.exposure,
    logged: finding.logged,
    retry: finding.retry,
    downstream: finding.downstream,
    related: finding.related,
    displayFilter: finding.displayFilter,
    suppressed: finding.suppressed,
  };
}

/** What a baseline says about a finding that it knows. */
export interface Suppression {
  readonly reason: string | null;
  /** YYYY-MM-DD, the last day on which it counts. */
  readonly expires: string | null;
  readonly owner: string | null;
}

/** Findings that are counted, but not listed. */
export interface OmittedFindings {
  readonly rule: string;
  readonly severity: Severity;
  readonly server: string;
  readonly count: number;
  /** Requests that were lost by them. */
  readonly lostRequests: number;
  /** So many of them a baseline knows; absent: none. */
  readonly suppressed?: number;
}
