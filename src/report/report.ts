// All there is to say about a run, without any formatting: what every output format gets.
import type { Timeline } from '../base/timeline.ts';
import type { CaptureSummary } from '../capture/frame-reader.ts';
import type { History } from '../history/history.ts';
import type { Finding, OmittedFindings, Severity } from '../rules/finding.ts';
import type { RuleDocumentation } from '../rules/rule.ts';
import type { Gate } from './gate.ts';
import type { Ladder } from './ladder.ts';

/** An estimate made of many observations, in seconds (or requests for a number of requests). */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The least and the greatest value at which it was seen to strike. */
  readonly earliest: number;
  readonly latest: number;
  /** How many closes were observed, and how many gaps ended otherwise (right-censored). */
  readonly observed: number;
  readonly censored: number;
  readonly confidence: 'likely' | 'possible';
  /** Products whose default fits, with the setting's name. `named`: a header field names the product too. */
  readonly candidates: readonly { readonly product: string; readonly knob: string; readonly named: boolean }[];
  /** Further limits behind the same address, each greater than this one, with their closes. */
  readonly others: readonly { readonly value: number; readonly observed: number }[];
}

export interface ClientReport {
  /** The client's address, without port. */
  readonly client: string;
  readonly idleTimeout: Estimate | null;
  readonly responseTimeout: Estimate | null;
}

/** How many idle times lay between two borders. */
export interface IdleBin {
  /** Seconds; the first bin of all begins at 0, the last one is open: Infinity. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The idle times that a server's limits were inferred from, as the capture shows them; filled bins in rising order. */
export interface IdleTimes {
  /** Those that a next request ended, which was answered; null when there were too many to keep. */
  readonly reuses: readonly IdleBin[] | null;
  /** Those that the server's close ended; of very many a sample (10,000 of a server, fewer where there are more than three). */
  readonly closes: readonly IdleBin[];
}

export interface ServerReport {
  /** address:port, IPv6 in brackets. */
  readonly server: string;
  /** Its Server field as first seen, null when none was. Hostile: escape for the medium. */
  readonly product: string | null;
  readonly connections: number;
  readonly exchanges: number;
  readonly idleTimeout: Estimate | null;
  readonly closeDelay: Estimate | null;
  readonly maxRequests: Estimate | null;
  readonly maxAge: Estimate | null;
  /** Null when not known, as in reports of earlier versions. */
  readonly idleTimes: IdleTimes | null;
  readonly clients: readonly ClientReport[];
}

export interface Totals {
  readonly frames: number;
  readonly tcpSegments: number;
  readonly connections: number;
  readonly httpConnections: number;
  readonly exchanges: number;
  /** Connections that speak what finrace recognises and does not read. */
  readonly tlsConnections: number;
  readonly http2Connections: number;
  readonly findings: Readonly<Record<Severity, number>>;
}

/** How much of the connections a report holds: none, without their exchanges and gaps, or all. */
export type Detail = 'findings' | 'connections' | 'exchanges';

export interface Report {
  readonly version: string;
  readonly timeline: Timeline;
  readonly captures: readonly CaptureSummary[];
  readonly totals: Totals;
  readonly detail: Detail;
  /** In the order of their stream numbers; empty for detail 'findings'. */
  readonly connections: Iterable<History>;
  /** HTTP servers in the order of their first connection. */
  readonly servers: readonly ServerReport[];
  /** In the order of time, then frame. */
  readonly findings: readonly Finding[];
  /** Findings beyond the first many (errors and warnings 1000, info 50; 50 once there are thousands in all) of one rule and severity on one server: counted in the totals, not listed. */
  readonly omittedFindings: readonly OmittedFindings[];
  /** How many findings a filter left out (see select-findings.ts); 0 when there was none. */
  readonly hiddenFindings: number;
  /** What a policy makes of it; null where nobody asked for a verdict. */
  readonly gate: Gate | null;
  /** The catalogue of the run: titles and symptoms for people, the table of rules for formats that carry one. */
  readonly rules: readonly RuleDocumentation[];
  /** Ladders made of the connections' segments, by finding, for some findings; absent when nobody asked for them. */
  readonly ladders?: ReadonlyMap<string, Ladder>;
}
