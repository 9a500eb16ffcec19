// CHECKS every history against every rule, and makes findings of what holds: one incident, one finding.
//
// Cases are kept with a function that writes their words, and the words are written at the end: only then is it known
// what the server's idle timeout is. Of the same thing on the same server only the first cases are kept in full; the
// others are counted, so that memory stays bounded where a server does the same to each of a million connections.
import type { Memory } from '../base/plain-memory.ts';
import { withoutPort } from '../history/endpoint.ts';
import type { History, Retry } from '../history/history.ts';
import type { Request } from '../http/exchange.ts';
import { candidatesFor, knobFor } from '../timeouts/candidates.ts';
import { type ClientLimits, clientLimitsOf, limitsOf } from '../timeouts/infer.ts';
import { type ClientObservations, type ServerObservations, Servers } from '../timeouts/server-observations.ts';
import { CONNECTION_RULES, ENDPOINT_RULES, RETRY_RULES, SERVER_RULES } from './catalogue.ts';
import { clientWordsFor } from './client-words.ts';
import { type Evidence, type Finding, type OmittedFindings, SEVERITIES, type Severity } from './finding.ts';
import { fingerprintOf, Ids, normalisedRoute } from './identity.ts';
import {
  couldBeKnownAt,
  downstreamText,
  exchangeReport,
  GatewayFailures,
  lostRequest,
  lostRequestOf,
  retryReport,
  retryText,
} from './lost-request.ts';
import { endedTogether, endedTogetherText } from './process-ended.ts';
import type { Case, RuleDocumentation, ServerKnowledge } from './rule.ts';
import type { ServerRule } from './server-rule.ts';

/** Cases of one rule on one server that are kept in full, by their severity; and when there are many in all. */
const KEPT_CASES: Readonly<Record<Severity, number>> = { error: 1000, warning: 1000, info: 50 };
const KEPT_OF_MANY = 50;
const MANY_CASES = 2000;

interface Incident {
  readonly rule: RuleDocumentation;
  readonly case: Case;
  readonly also: Finding['also'];
  readonly stream: number | null;
  readonly client: string | null;
  readonly server: string;
  /** The request that was lost, or may have been. */
  readonly loss: { readonly history: History; readonly request: Request; readonly unanswered: boolean } | null;
  /** The case that led to this one. */
  readonly follows: Case | null;
}

function ofConnection(history: History, rule: RuleDocumentation, found: Case): Incident {
  const { stream, client, server } = history;
  return { rule, case: found, also: [], stream, client, server, loss: null, follows: null };
}

/** Where the client sent `request` again, from `notBefore` (ns) on; null: nowhere. */
export type RetryFinder = (request: Request, notBefore: number) => Retry | null;

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly omitted: readonly OmittedFindings[];
  /** What is known of each server, by its address:port. */
  readonly knowledge: ReadonlyMap<string, ServerKnowledge>;
  /** What each client's limits towards a server are. */
  readonly clientLimits: ReadonlyMap<ClientObservations, ClientLimits>;
  readonly counts: Readonly<Record<Severity, number>>;
}

/** What is known of a server at the end. */
function knowledgeOf(server: ServerObservations): ServerKnowledge {
  const limits = limitsOf(server);
  const { idleTimeout } = limits;
  return {
    ...limits,
    candidates: idleTimeout === null ? [] : candidatesFor(idleTimeout, 'server', server.product, 'idle', server.hint),
    knob: knobFor('server', server.product),
  };
}

export class Judge {
  readonly servers: Servers;
  readonly gatewayFailures = new GatewayFailures();
  private readonly incidents: Incident[] = [];
  private readonly keptCases = new Map<string, number>();
  private readonly omitted = new Map<string, { -readonly [key in keyof OmittedFindings]: OmittedFindings[key] }>();
  private readonly counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  /** Idle times before closes that lost a request, by server and client address. */
  private readonly idleLosses = new Map<string, number[]>();

  /** `kernelMemory`: see Servers. */
  constructor(kernelMemory: Memory | null = null) {
    this.servers = new Servers(kernelMemory);
  }

  /**
   * Takes one connection that is over. Returns true when the history is held on to. `retryOf` finds where its client
   * sent a lost request again.
   */
  judge(seen: History, retryOf: RetryFinder = () => null): boolean {
    this.servers.observe(seen, () => withoutPort(seen.client));
    if (seen.exchangeCount === 0) return false;
    // All of these rules are about how the connection ended: what holds belongs to one incident. The gravest of them
    // names it, and of those the first in the catalogue.
    const holding: { readonly rule: RuleDocumentation; readonly case: Case }[] = [];
    for (const rule of CONNECTION_RULES) {
      const found = rule.check(seen);
      if (found !== null) holding.push({ rule: rule.documentation, case: found });
    }
    if (holding.length > 1) {
      holding.sort((a, b) => SEVERITIES.indexOf(b.case.severity) - SEVERITIES.indexOf(a.case.severity));
    }
    const primary = holding[0];
    if (primary === undefined) return false;
    const also = holding.slice(1).map(({ rule, case: { severity } }) => ({ rule: rule.id, severity }));
    const { severity, idleBefore } = primary.case;
    if (severity === 'error' && !Number.isNaN(idleBefore)) this.noteLoss(seen, primary.case);
    // A client that did not want its answer does not ask again because it lost it.
    const lost = severity === 'info' ? null : lostRequestOf(seen);
    if (lost === null) return this.add({ ...ofConnection(seen, primary.rule, primary.case), also });
    const history = { ...seen, retry: retryOf(lost, couldBeKnownAt(seen, lost)) };
    const unanswered = history.exchanges.some(({ request, response }) => request === lost && response === null);
    let held = this.add({
      ...ofConnection(history, primary.rule, primary.case),
      also,
      loss: { history, request: lost, unanswered },
    });
    for (const rule of RETRY_RULES) {
      const found = rule.check(history);
      if (found === null) continue;
      held = this.add({ ...ofConnection(history, rule.documentation, found), follows: primary.case }) || held;
    }
    return held;
  }

  private noteLoss(history: History, found: Case): void {
    const key = `${history.server} ${withoutPort(history.client)}`;
    const losses = this.idleLosses.get(key);
    if (losses === undefined) this.idleLosses.set(key, [found.idleBefore]);
    else losses.push(found.idleBefore);
  }

  /** Keeps the incident, or only counts it and returns false. */
  private add(incident: Incident): boolean {
    const { severity, lostRequests } = incident.case;
    this.counts[severity]++;
    const key = `${incident.rule.id} ${severity} ${incident.server}`;
    const kept = this.keptCases.get(key) ?? 0;
    const limit = this.incidents.length < MANY_CASES ? KEPT_CASES[severity] : KEPT_OF_MANY;
    if (kept < limit) {
      this.keptCases.set(key, kept + 1);
      this.incidents.push(incident);
      return true;
    }
    const omitted = this.omitted.get(key);
    if (omitted === undefined) {
      this.omitted.set(key, { rule: incident.rule.id, severity, server: incident.server, count: 1, lostRequests });
    } else {
      omitted.count++;
      omitted.lostRequests += lostRequests;
    }
    return false;
  }

  /** The verdict as if all connections had been seen; what comes later is judged as if it had not been asked for. */
  verdictSoFar(): Verdict {
    const incidents = [...this.incidents];
    const keptCases = new Map(this.keptCases);
    const omitted = [...this.omitted].map(([key, group]) => [key, { ...group }] as const);
    const counts = { ...this.counts };
    try {
      return { ...this.verdict(), counts: { ...this.counts } };
    } finally {
      this.incidents.splice(0, this.incidents.length, ...incidents);
      replaceAll(this.keptCases, keptCases);
      replaceAll(this.omitted, omitted);
      Object.assign(this.counts, counts);
    }
  }

  /** All connections were seen. */
  verdict(): Verdict {
    const knowledge = new Map<string, ServerKnowledge>();
    const clientLimits = new Map<ClientObservations, ClientLimits>();
    const servers = new Map(this.servers.all.map((server) => [server.server, server]));
    for (const [name, server] of servers) knowledge.set(name, knowledgeOf(server));
    for (const [name, server] of servers) this.judgeServer(server, knowledge.get(name)!, clientLimits);

    this.incidents.sort(byTimeThenFrame);
    const ids = new Ids();
    const together = endedTogether(this.incidents, (name) => servers.get(name)!.serverCloses.map(({ time }) => time));
    const findings = this.incidents.map((incident) =>
      findingOf(incident, knowledge.get(incident.server)!, ids, this.gatewayFailures, together.get(incident) ?? 0),
    );
    relate(findings, this.incidents);
    return {
      findings,
      omitted: [...this.omitted.values()],
      knowledge,
      clientLimits,
      counts: this.counts,
    };
  }

  private judgeServer(
    server: ServerObservations,
    knowledge: ServerKnowledge,
    clientLimits: Map<ClientObservations, ClientLimits>,
  ): void {
    const ofServer = (rule: RuleDocumentation, found: Case, client: string | null, also: Finding['also']) =>
      this.add({
        rule,
        case: found,
        also,
        stream: null,
        client,
        server: server.server,
        loss: null,
        follows: null,
      });
    let lost = 0;
    for (const client of this.servers.clientsOf(server)) {
      const idleTimes = this.idleLosses.get(`${server.server} ${client.client}`) ?? [];
      lost += idleTimes.length;
      const losses = { idleTimes };
      const limits = clientLimitsOf(client);
      clientLimits.set(client, limits);
      let primary: { rule: ServerRule; case: Case } | null = null;
      const also: { rule: string; severity: Severity }[] = [];
      for (const rule of SERVER_RULES) {
        const found = rule.check(server, client, knowledge, losses, limits);
        if (found === null) continue;
        if (rule.isPartOf !== undefined && primary?.rule.documentation.id === rule.isPartOf) {
          also.push({ rule: rule.documentation.id, severity: found.severity });
        } else if (primary === null) primary = { rule, case: found };
        else ofServer(rule.documentation, found, client.client, []);
      }
      if (primary !== null) ofServer(primary.rule.documentation, primary.case, client.client, also);
    }
    for (const rule of ENDPOINT_RULES) {
      const found = rule.check(server, knowledge, lost);
      if (found !== null) ofServer(rule.documentation, found, null, []);
    }
  }
}

function replaceAll<Key, Value>(map: Map<Key, Value>, entries: Iterable<readonly [Key, Value]>): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

/** By time; frames without a time, and equal times, in the order of their frames. */
function byTimeThenFrame(a: Incident, b: Incident): number {
  return a.case.time - b.case.time || a.case.frame - b.case.frame || order(a.rule.id, b.rule.id);
}

/** By code units. (`localeCompare` loads its tables of languages first.) */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A finding that may still be tied to others. */
type Untied = Finding & { readonly related: string[] };

/** What is said about it is written when it is read: of many findings, few are shown. */
function findingOf(
  incident: Incident,
  server: ServerKnowledge,
  ids: Ids,
  gateways: GatewayFailures,
  endedWithIt: number,
): Untied {
  const { rule, case: found, loss } = incident;
  const { executed } = found;
  const downstream = loss && gateways.causedBy(lostRequest(loss.history, loss.request));
  const description = once(() => found.describe(server));
  const route = once(() => normalisedRoute(found.route));
  // In the order of their frames: that is how they stand in Wireshark.
  const evidence = once(() => [...description().evidence].sort((a, b) => a.frame - b.frame));
  return {
    id: ids.idOf(rule.id, incident.server, incident.client ?? '', incident.stream ?? -1, found.frame),
    get fingerprint() {
      return fingerprintOf(rule.id, incident.server, route(), found.cause);
    },
    rule: rule.id,
    get route() {
      return route();
    },
    cause: found.cause,
    severity: found.severity,
    confidence: found.confidence,
    lostRequests: found.lostRequests,
    stream: incident.stream,
    client: incident.client,
    server: incident.server,
    time: found.time,
    frame: found.frame,
    get summary() {
      return description().summary;
    },
    get explanation() {
      return description().explanation;
    },
    get advice() {
      return description().advice;
    },
    get evidence() {
      return evidence();
    },
    also: incident.also,
    executed: found.executed,
    delivered: found.delivered,
    get consequences() {
      return [
        ...description().consequences,
        ...(endedWithIt > 0 ? [endedTogetherText(endedWithIt)] : []),
        ...(loss?.history.retry ? [retryText(loss.history, loss.request, executed)] : []),
        ...(downstream ? [downstreamText(downstream, found.frame)] : []),
      ];
    },
    exchange: loss && exchangeReport(loss.history, loss.request),
    // A gateway hands on the User-Agent of its own client.
    logged: loss?.unanswered && found.lostRequests > 0 && !downstream ? clientWordsFor(loss.history) : null,
    retry: loss && retryReport(loss.history, loss.request, executed),
    downstream: downstream ? [downstream] : [],
    get exposure() {
      return description().exposure ?? null;
    },
    related: [],
    get displayFilter() {
      return displayFilterOf(incident.stream, evidence());
    },
    suppressed: null,
  };
}

/** The value that the function returned when it was asked for first. */
function once<Value>(made: () => Value): () => Value {
  let value: Value | undefined;
  return () => (value ??= made());
}

/** Ties findings about a server to the requests that were lost to it, and what followed from a case to it, both ways. */
function relate(findings: readonly Untied[], incidents: readonly Incident[]): void {
  const tie = (one: Untied, other: Untied) => {
    one.related.push(other.id);
    other.related.push(one.id);
  };
  const lost = new Map<string, number[]>();
  findings.forEach((finding, i) => {
    if (finding.stream === null || finding.client === null || Number.isNaN(incidents[i]!.case.idleBefore)) return;
    const key = `${finding.server} ${withoutPort(finding.client)}`;
    const group = lost.get(key);
    if (group === undefined) lost.set(key, [i]);
    else group.push(i);
  });
  findings.forEach((finding, i) => {
    if (finding.stream !== null) return;
    const timeout = incidents[i]!.case.idleBefore;
    for (const j of lost.get(`${finding.server} ${finding.client}`) ?? []) {
      if (Math.abs(incidents[j]!.case.idleBefore - timeout) > timeout * 0.1) continue;
      tie(finding, findings[j]!);
    }
  });
  const byCase = new Map(incidents.map((incident, i) => [incident.case, findings[i]!]));
  incidents.forEach(({ follows }, i) => {
    const cause = follows === null ? undefined : byCase.get(follows);
    if (cause !== undefined) tie(findings[i]!, cause);
  });
}

/** A Wireshark display filter that selects exactly the evidence. Commas, never blanks, between the numbers. */
function displayFilterOf(stream: number | null, evidence: readonly Evidence[]): string {
  const frames = [...new Set(evidence.map((item) => item.frame))].sort((a, b) => a - b);
  const isElsewhere = evidence.some((item) => item.isElsewhere);
  const inFrames = `frame.number in {${frames.join(', ')}}`;
  return stream === null || isElsewhere ? inFrames : `tcp.stream eq ${stream} && ${inFrames}`;
}
