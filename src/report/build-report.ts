// Puts together what a run found: estimates in seconds, the captures' problems, totals. No formatting.
import type { Problem } from '../base/problem.ts';
import { SECOND } from '../base/timeline.ts';
import type { CaptureSummary } from '../capture/frame-reader.ts';
import { MAX_HEAD_BYTES } from '../http/limits.ts';
import type { KnownClient, Verdict } from '../rules/judge.ts';
import type { ServerKnowledge } from '../rules/rule.ts';
import { type Candidate, candidatesFor, type LimitKind, requestLimitCandidates } from '../timeouts/candidates.ts';
import type { TimeoutEstimate } from '../timeouts/estimate.ts';
import type { DurationBin } from '../timeouts/sample.ts';
import { MAX_CLIENTS, type ServerObservations, type Servers } from '../timeouts/server-observations.ts';
import { linkTypeName } from '../wire/link-types.ts';
import type { ClientReport, Estimate, IdleBin, ServerReport } from './report.ts';

/** What became of the frames of one capture that are no TCP segments, or none of their own. */
export class FrameCounts {
  /** Fragments of packets that never were whole. */
  fragments = 0;
  nestedTooDeep = 0;
  /** Frames that were captured twice: the second ones. */
  duplicates = 0;
  malformed = 0;
  cutInHeaders = 0;
  /** Frames by link type that has no decoder. */
  readonly unknownLinkTypes = new Map<number, number>();
}

/** What the run could not read or keep, over all captures. */
export interface Unread {
  readonly evicted: number;
  readonly oversizedHeads: number;
  readonly cutSegments: number;
  readonly strangers: number;
  /** Connections whose client is not followed by itself. */
  readonly unfollowed: number;
}

/** Below these, frames came twice because the network doubled them. */
const FEW_DUPLICATES = 3;
const SMALL_SHARE = 0.05;

/** The summary of a capture, with a problem for each kind of frame that could not be used. */
export function withFrameProblems(summary: CaptureSummary, counts: FrameCounts, unread: Unread | null): CaptureSummary {
  const problems: Problem[] = [...summary.problems];
  const add = (kind: string, message: string) => problems.push({ kind, offset: null, message });
  for (const [linkType, count] of counts.unknownLinkTypes) {
    add('unsupported-link-type', `${counted(count, 'frame')} of link type ${linkTypeName(linkType)} cannot be decoded`);
  }
  if (counts.fragments > 0) {
    add(
      'ip-fragments',
      `${counted(counts.fragments, 'frame')} with a fragment of an IP packet whose other fragments are missing`,
    );
  }
  if (counts.nestedTooDeep > 0) {
    add(
      'nested-too-deep',
      `${counted(counts.nestedTooDeep, 'frame')} with more tunnels in one another than are looked into`,
    );
  }
  if (counts.duplicates >= FEW_DUPLICATES && counts.duplicates >= summary.frames * SMALL_SHARE) {
    add(
      'duplicate-frames',
      `${counted(counts.duplicates, 'frame')} came a second time (captured on several interfaces, or mirrored), ` +
        'which is no retransmission; editcap -d removes exact copies',
    );
  }
  if (counts.cutInHeaders > 0) {
    add('cut-in-headers', `${counted(counts.cutInHeaders, 'frame')} cut off inside the headers (snaplen too small)`);
  }
  if (counts.malformed > 0)
    add('malformed-frames', `${counted(counts.malformed, 'frame')} with headers that make no sense`);
  if (unread !== null && unread.cutSegments > 0) {
    add(
      'cut-in-http',
      `${counted(unread.cutSegments, 'segment')} cut off where HTTP had to be read (snaplen too small): ` +
        'messages are missing or not whole; capture whole packets (tcpdump -s 0)',
    );
  }
  if (unread !== null && unread.strangers > 0) {
    add(
      'missing-syn',
      `${counted(unread.strangers, 'segment')} with payload lie far from the sequence numbers of their connection and were not read: ` +
        'they are of a newer one on the same addresses and ports, the SYN of which the capture lacks',
    );
  }
  if (unread !== null && unread.evicted > 0) {
    add('too-many-connections', `${unread.evicted} connections were judged early: too many were open at once`);
  }
  if (unread !== null && unread.oversizedHeads > 0) {
    add(
      'oversized-heads',
      `${unread.oversizedHeads} message heads were given up: larger than ${MAX_HEAD_BYTES / 1024} KiB`,
    );
  }
  if (unread !== null && unread.unfollowed > 0) {
    add(
      'too-many-clients',
      `${unread.unfollowed} connections count for their server only: more than ${MAX_CLIENTS} pairs of client and server`,
    );
  }
  return { ...summary, problems };
}

/** "1 frame", "2 frames" */
function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}

/** `verdict`: what the judge inferred of each server and each client. */
export function serverReports(
  servers: Servers,
  { knowledge, clients }: Pick<Verdict, 'knowledge' | 'clients'>,
): ServerReport[] {
  return servers.all
    .sort((a, b) => a.firstStream - b.firstStream)
    .map((server) => {
      const ofServer = [...clients.get(server.server)!].sort((a, b) => a.firstStream - b.firstStream);
      const reports = ofServer.map(clientReport);
      return serverReport(server, knowledge.get(server.server)!, reports);
    });
}

function serverReport(
  server: ServerObservations,
  { idleTimeout, closeDelay, maxRequests, maxAge, candidates }: ServerKnowledge,
  clients: readonly ClientReport[],
): ServerReport {
  const of = (estimate: TimeoutEstimate, kind: LimitKind) => candidatesFor(estimate, 'server', server.product, kind);
  return {
    server: server.server,
    product: server.product === '' ? null : server.product,
    connections: server.connections,
    exchanges: server.exchanges,
    idleTimeout: idleTimeout && secondsReport(idleTimeout, candidates),
    closeDelay: closeDelay && secondsReport(closeDelay, of(closeDelay, 'close-delay')),
    maxRequests:
      maxRequests && estimateReport(maxRequests, requestLimitCandidates(maxRequests.value, server.product), 1),
    maxAge: maxAge && secondsReport(maxAge, of(maxAge, 'age')),
    idleTimes: { reuses: server.reuseBins?.map(binReport) ?? null, closes: server.closeBins.map(binReport) },
    clients,
  };
}

function binReport({ from, to, count }: DurationBin): IdleBin {
  return { from: Math.round(from) / SECOND, to: Math.round(to) / SECOND, count };
}

function clientReport({ client, userAgent, limits: { idleTimeout, responseTimeout } }: KnownClient): ClientReport {
  const of = (estimate: TimeoutEstimate, kind: LimitKind) => candidatesFor(estimate, 'client', userAgent, kind);
  return {
    client,
    idleTimeout: idleTimeout && secondsReport(idleTimeout, of(idleTimeout, 'idle')),
    responseTimeout: responseTimeout && secondsReport(responseTimeout, of(responseTimeout, 'response')),
  };
}

function secondsReport(estimate: TimeoutEstimate, candidates: readonly Candidate[]): Estimate {
  return estimateReport(estimate, candidates, SECOND);
}

function estimateReport(estimate: TimeoutEstimate, candidates: readonly Candidate[], unit: number): Estimate {
  const inUnits = (value: number) => Math.round(value) / unit;
  return {
    value: inUnits(estimate.value),
    low: inUnits(estimate.low),
    high: inUnits(estimate.high),
    earliest: inUnits(estimate.earliest),
    latest: inUnits(estimate.latest),
    observed: estimate.observed,
    censored: estimate.censored,
    confidence: estimate.confidence,
    candidates: candidates.map(({ product, knob, named }) => ({ product, knob, named })),
    others: estimate.others.map(({ value, observed }) => ({ value: inUnits(value), observed })),
  };
}
