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
import { CaseFinding, Words } from './case-finding.ts';
import { type CaseGroup, CaseGroups } from './case-groups.ts';
import { CONNECTION_RULES, ENDPOINT_RULES, RETRY_RULES, SERVER_RULES } from './catalogue.ts';
import { type Finding, type OmittedFindings, SEVERITIES, type Severity } from './finding.ts';
import { type Incident, Names } from './incident.ts';
import { couldBeKnownAt, GatewayFailures, lostRequest, lostRequestOf } from './lost-request.ts';
import { endedTogether } from './process-ended.ts';
import type { Case, RuleDocumentation, ServerKnowledge } from './rule.ts';
import type { ServerRule } from './server-rule.ts';

/** Cases of one rule on one server that are kept in full, by their severity; and when there are many in all. */
const KEPT_CASES: Readonly<Record<Severity, number>> = { error: 1000, warning: 1000, info: 50 };
const KEPT_OF_MANY = 50;
const MANY_CASES = 2000;

function ofConnection(history: History, rule: RuleDocumentation, found: Case): Incident {
  const { stream, client, server } = history;
  return { rule, case: found, also: [], stream, client, server, loss: null, follows: null };
}

function ofServer(
  { server }: ServerObservations,
  rule: RuleDocumentation,
  found: Case,
  client: string | null,
  also: Finding['also'],
): Incident {
  return { rule, case: found, also, stream: null, client, server, loss: null, follows: null };
}

/** Where the client sent `request` again, from `notBefore` (ns) on; null: nowhere. */
export type RetryFinder = (request: Request, notBefore: number) => Retry | null;

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly omitted: readonly OmittedFindings[];
  /** What is known of each server, by its address:port. */
  readonly knowledge: ReadonlyMap<string, ServerKnowledge>;
  /** The clients of each server, by its address:port. */
  readonly clients: ReadonlyMap<string, readonly KnownClient[]>;
  readonly counts: Readonly<Record<Severity, number>>;
}

/** A client of a server, and what it is set to towards that. */
export interface KnownClient {
  readonly client: string;
  readonly userAgent: string;
  readonly firstStream: number;
  readonly limits: ClientLimits;
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
  private readonly groups = new CaseGroups();
  private readonly counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  /** Idle times before closes that lost a request, by server, and by client address. */
  private readonly idleLosses = new Map<string, Map<string, number[]>>();

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
    const holding = holdingOf(seen);
    const primary = holding[0];
    if (primary === undefined) return false;
    const also = holding.slice(1).map(({ rule, case: { severity } }) => ({ rule: rule.id, severity }));
    const { severity, idleBefore } = primary.case;
    if (severity === 'error' && !Number.isNaN(idleBefore)) this.noteLoss(seen, primary.case);
    // A client that did not want its answer does not ask again because it lost it.
    const lost = severity === 'info' ? null : lostRequestOf(seen);
    if (lost === null) return this.add({ ...ofConnection(seen, primary.rule, primary.case), also });
    const retry = retryOf(lost, couldBeKnownAt(seen, lost));
    const history = retry === null ? seen : { ...seen, retry };
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

  /**
   * Takes one connection that is over, of which nobody may hold on to anything: `seen` is a record that is filled for each.
   * Returns false when it was not taken, because a case is to be kept.
   */
  judgeBriefly(seen: History): boolean {
    const primary = holdingOf(seen)[0];
    if (primary !== undefined) {
      const { severity } = primary.case;
      const group = this.groups.of(primary.rule, severity, seen.server);
      // What was lost is looked at more closely.
      if (severity !== 'info' || this.isKept(group)) return false;
      this.counts.info++;
      this.groups.omit(group, primary.case);
    }
    this.servers.observe(seen, () => withoutPort(seen.client));
    return true;
  }

  private noteLoss(history: History, found: Case): void {
    let ofServer = this.idleLosses.get(history.server);
    if (ofServer === undefined) {
      ofServer = new Map();
      this.idleLosses.set(history.server, ofServer);
    }
    const client = withoutPort(history.client);
    const losses = ofServer.get(client);
    if (losses === undefined) ofServer.set(client, [found.idleBefore]);
    else losses.push(found.idleBefore);
  }

  /** Keeps the incident, or only counts it and returns false. */
  private add(incident: Incident): boolean {
    const { severity } = incident.case;
    this.counts[severity]++;
    const group = this.groups.of(incident.rule, severity, incident.server);
    if (!this.isKept(group)) {
      this.groups.omit(group, incident.case);
      return false;
    }
    group.kept++;
    this.incidents.push(incident);
    return true;
  }

  /** Would one more case of the group be kept in full? */
  private isKept({ severity, kept }: CaseGroup): boolean {
    return kept < (this.incidents.length < MANY_CASES ? KEPT_CASES[severity] : KEPT_OF_MANY);
  }

  /** The verdict as if all connections had been seen; what comes later is judged as if it had not been asked for. */
  verdictSoFar(): Verdict {
    const incidents = [...this.incidents];
    const restoreGroups = this.groups.save();
    const counts = { ...this.counts };
    try {
      return { ...this.verdict(), counts: { ...this.counts } };
    } finally {
      this.incidents.splice(0, this.incidents.length, ...incidents);
      restoreGroups();
      Object.assign(this.counts, counts);
    }
  }

  /** All connections were seen. */
  verdict(): Verdict {
    const knowledge = new Map<string, ServerKnowledge>();
    const clients = new Map<string, KnownClient[]>();
    const servers = new Map(this.servers.all.map((server) => [server.server, server]));
    for (const [name, server] of servers) knowledge.set(name, knowledgeOf(server));
    for (const [name, server] of servers) clients.set(name, this.judgeServer(server, knowledge.get(name)!));

    this.incidents.sort(byTimeThenFrame);
    const incidents = [...this.incidents];
    const together = endedTogether(incidents, (name) => servers.get(name)!.serverCloses.map(({ time }) => time));
    const lost = new Set(incidents.flatMap(({ loss }) => (loss === null ? [] : [loss.request.firstFrame])));
    const words = new Words(new Names(incidents), lost);
    const findings = incidents.map((incident, place) => {
      const { loss, server } = incident;
      const downstream = loss && this.gatewayFailures.causedBy(lostRequest(loss.history, loss.request));
      return new CaseFinding(incident, knowledge.get(server)!, words, place, downstream, together.get(incident) ?? 0);
    });
    return {
      findings,
      omitted: this.groups.omitted,
      knowledge,
      clients,
      counts: this.counts,
    };
  }

  /** Returns its clients. */
  private judgeServer(server: ServerObservations, knowledge: ServerKnowledge): KnownClient[] {
    const clients: KnownClient[] = [];
    const lossesOf = this.idleLosses.get(server.server);
    let lost = 0;
    for (const client of this.servers.clientsOf(server)) {
      const idleTimes = lossesOf?.get(client.client) ?? NONE;
      lost += idleTimes.length;
      const limits = clientLimitsOf(client);
      clients.push({ client: client.client, userAgent: client.userAgent, firstStream: client.firstStream, limits });
      this.judgeClient(server, client, knowledge, idleTimes, limits);
    }
    for (const rule of ENDPOINT_RULES) {
      const found = rule.check(server, knowledge, lost);
      if (found !== null) this.add(ofServer(server, rule.documentation, found, null, []));
    }
    return clients;
  }

  private judgeClient(
    server: ServerObservations,
    client: ClientObservations,
    knowledge: ServerKnowledge,
    idleTimes: readonly number[],
    limits: ClientLimits,
  ): void {
    let primary: { rule: ServerRule; case: Case } | null = null;
    let also: { rule: string; severity: Severity }[] = [];
    for (const rule of SERVER_RULES) {
      const found = rule.check(server, client, knowledge, { idleTimes }, limits);
      if (found === null) continue;
      if (rule.isPartOf !== undefined && primary?.rule.documentation.id === rule.isPartOf) {
        also = [...also, { rule: rule.documentation.id, severity: found.severity }];
      } else if (primary === null) primary = { rule, case: found };
      else this.add(ofServer(server, rule.documentation, found, client.client, []));
    }
    if (primary !== null) {
      this.add(ofServer(server, primary.rule.documentation, primary.case, client.client, also));
    }
  }
}

const RULES_WHEN_ANSWERED = CONNECTION_RULES.filter((rule) => rule.isAboutUnanswered !== true);

/** Every request has its whole response. */
function isAnswered({ exchanges }: History): boolean {
  for (const { response } of exchanges) if (response?.complete !== true) return false;
  return true;
}

interface Holding {
  readonly rule: RuleDocumentation;
  readonly case: Case;
}

/**
 * The rules that hold. All of them are about how the connection ended: what holds belongs to one incident. The gravest of
 * them names it, and of those the first in the catalogue.
 */
function holdingOf(seen: History): readonly Holding[] {
  let holding: Holding[] | null = null;
  for (const rule of isAnswered(seen) ? RULES_WHEN_ANSWERED : CONNECTION_RULES) {
    const found = rule.check(seen);
    if (found === null) continue;
    holding ??= [];
    holding.push({ rule: rule.documentation, case: found });
  }
  if (holding === null) return NONE;
  if (holding.length > 1) {
    holding.sort((a, b) => SEVERITIES.indexOf(b.case.severity) - SEVERITIES.indexOf(a.case.severity));
  }
  return holding;
}

const NONE: readonly never[] = [];

/** By time; frames without a time, and equal times, in the order of their frames. */
function byTimeThenFrame(a: Incident, b: Incident): number {
  return a.case.time - b.case.time || a.case.frame - b.case.frame || order(a.rule.id, b.rule.id);
}

/** By code units. (`localeCompare` loads its tables of languages first.) */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
