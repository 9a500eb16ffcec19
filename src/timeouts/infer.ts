// INFERS what each server, and each client towards it, is set to: which of its closes belong to which limit, and an
// estimate of that limit. `causes.ts` tells closes apart, `estimate.ts` holds the statistics.
import { MILLISECOND } from '../base/timeline.ts';
import { type Explained, explain, oneRound } from './causes.ts';
import { type Censoring, censoring, estimateTimeout, type TimeoutEstimate } from './estimate.ts';
import type { ClientObservations, ServerObservations } from './server-observations.ts';

export interface ServerLimits {
  /** What its closes of idle connections have in common. */
  readonly cause: Explained['cause'];
  readonly idleTimeout: TimeoutEstimate | null;
  /** From the last response of a close that was announced, or whose request was not read, to the close. */
  readonly closeDelay: TimeoutEstimate | null;
  /** Requests, not nanoseconds. */
  readonly maxRequests: TimeoutEstimate | null;
  readonly maxAge: TimeoutEstimate | null;
}

export interface ClientLimits {
  readonly idleTimeout: TimeoutEstimate | null;
  readonly responseTimeout: TimeoutEstimate | null;
}

/** Two closes may agree by chance; three seldom do. */
const LEAST_OF_LIMIT = 2;
const LIKELY = 3;
/** Of the connections that were told to end, this share agrees on the number of their exchanges. */
const SAME_COUNT_SHARE = 0.8;
/** Ages of connections in use differ by the time between two requests; by more than this share they are no limit. */
const AGE_SPREAD_SHARE = 0.35;

export function limitsOf(server: ServerObservations): ServerLimits {
  const explained = explain(server.serverCloses);
  const idle = explained.cause === 'idle' ? explained.closes.map(({ duration }) => duration) : [];
  const counted = requestLimit(server);
  // Where closes agree on an age, one announcement comes from that too.
  const maxRequests = explained.cause === 'age' && counted !== null && counted.observed < LIKELY ? null : counted;
  return {
    cause: explained.cause,
    idleTimeout: estimateTimeout(idle, reusesFor(server)),
    closeDelay: estimateTimeout(
      server.graces.byMoment().map(({ duration }) => duration),
      censoring(server.gracesLeft, server.longestGraces),
    ),
    maxRequests,
    maxAge: explained.cause === 'age' ? ageOfCloses(explained.closes, server) : announcedAge(server, maxRequests),
  };
}

export function clientLimitsOf(client: ClientObservations): ClientLimits {
  const idleTimeout = idleTimeoutOf(client);
  const responseTimeout = responseTimeoutOf(client);
  return idleTimeout === null && responseTimeout === null ? NO_LIMITS : { idleTimeout, responseTimeout };
}

/** Those of most clients. */
const NO_LIMITS: ClientLimits = { idleTimeout: null, responseTimeout: null };

function idleTimeoutOf(client: ClientObservations): TimeoutEstimate | null {
  // What a program that is over closes looks like one close of a timer.
  const { clientCloses } = client;
  if (clientCloses.length < LEAST_OF_LIMIT) return null;
  const explained = explain(clientCloses);
  const closes = explained.cause === 'event' ? oneRound(clientCloses) : explained.closes;
  const estimate = estimateTimeout(
    closes.map(({ duration }) => duration),
    reusesBy(client),
  );
  if (estimate === null || estimate.observed < LEAST_OF_LIMIT) return null;
  return explained.cause === 'event' ? { ...estimate, confidence: 'possible' } : estimate;
}

function responseTimeoutOf(client: ClientObservations): TimeoutEstimate | null {
  const waits = client.givenUpAfter.map(({ duration }) => duration);
  if (waits.length === 0) return null;
  return estimateTimeout(waits, censoring(client.connections - client.givenUpCount, [client.longestWait]));
}

/** Reuses as the server's clock had them: the request arrived after it passed the capture. */
function reusesFor(server: ServerObservations): Censoring {
  const hidden = Number.isNaN(server.serverHalf) ? 0 : server.serverHalf;
  const known = censoring(
    server.censored,
    server.longestReuses.map(({ duration }) => duration + hidden),
  );
  return {
    ...known,
    beyond: (value) => Math.max(known.beyond(value), Math.floor(server.reusesBetween(value * 1.012, Infinity))),
  };
}

/** Reuses as the client's clock had them: it had the response after that passed the capture. */
function reusesBy(client: ClientObservations): Censoring {
  const hidden = Number.isNaN(client.clientHalf) ? 0 : client.clientHalf;
  return censoring(
    client.reuses + client.unfinished + client.serverCloseCount,
    // Where the server closed first, the client had not closed by then.
    [...client.longestReuses, ...client.serverCloseExamples].map(({ duration }) => duration - hidden),
  );
}

/** The number of exchanges behind which the server ends connections, announced or not. */
function requestLimit(server: ServerObservations): TimeoutEstimate | null {
  // What is announced is surer than what is only seen: where a server announces, its silent closes have other reasons.
  const counts = server.announcedAt.size > 0 ? server.announcedAt : server.closedAt;
  let all = 0;
  let observed = 0;
  let value = 0;
  for (const [exchanges, connections] of counts) {
    all += connections;
    if (connections > observed || (connections === observed && exchanges > value)) {
      observed = connections;
      value = exchanges;
    }
  }
  if (observed < all * SAME_COUNT_SHARE || observed === 0) return null;
  const isAnnounced = counts === server.announcedAt;
  // A server that says so once may have another reason; silent closes need to agree, and so do those after one request.
  if (observed < LEAST_OF_LIMIT && (!isAnnounced || value === 1)) return null;
  // A request behind the announcement is the client's fault: what else went on is a contradiction.
  const contradictions = isAnnounced ? 0 : server.mostExchanges.filter((exchanges) => exchanges > value).length;
  if (contradictions >= observed) return null;
  const agree = { value, low: value, high: value, earliest: value, latest: value };
  const confidence = observed >= LIKELY && contradictions === 0 ? 'likely' : 'possible';
  return { ...agree, observed, censored: server.connections - observed, contradictions, confidence, others: [] };
}

/** The age at which unannounced closes of idle connections agree. */
function ageOfCloses(closes: readonly { readonly age: number }[], server: ServerObservations): TimeoutEstimate | null {
  return estimateTimeout(
    closes.map(({ age }) => age),
    censoring(server.connections - closes.length, server.longestAges),
  );
}

/** The age at which responses began to announce the end, where the connections' numbers of requests do not agree. */
function announcedAge(server: ServerObservations, maxRequests: TimeoutEstimate | null): TimeoutEstimate | null {
  if (maxRequests !== null) return null;
  const ages = server.announcedAges.byMoment().map(({ duration }) => duration);
  if (ages.length < LEAST_OF_LIMIT || Math.min(...ages) < 100 * MILLISECOND) return null;
  const least = Math.min(...ages);
  if (Math.max(...ages) - least > Math.max(100 * MILLISECOND, least * AGE_SPREAD_SHARE)) return null;
  const estimate = estimateTimeout(ages, censoring(server.connections - ages.length, server.longestAges));
  // The first response after the limit says so: the limit lies below the youngest of them.
  return estimate && { ...estimate, value: least };
}
