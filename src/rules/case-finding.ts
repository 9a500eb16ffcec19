// The finding that a case becomes. A capture can have thousands, of which few are shown: what is said of it is written when it
// is read. Who reads it reads all of it, and goes on to the next one: so only the latest is kept.
import { type ClientWords, clientWordsFor } from './client-words.ts';
import type {
  Confidence,
  Delivered,
  DownstreamFailure,
  Evidence,
  ExchangeReport,
  Executed,
  Finding,
  RetryReport,
  Severity,
} from './finding.ts';
import { fingerprintOf, normalisedRoute } from './identity.ts';
import type { Incident, Names } from './incident.ts';
import { downstreamText, exchangeReport, retryReport, retryText } from './lost-request.ts';
import { endedTogetherText } from './process-ended.ts';
import type { Case, Description, ServerKnowledge } from './rule.ts';

/** What is said of the findings of a report. */
export class Words {
  readonly names: Names;
  private latest: Case | null = null;
  private description: Description | null = null;
  /** First frames of the requests that were lost. */
  private readonly lost: ReadonlySet<number>;

  constructor(names: Names, lost: ReadonlySet<number>) {
    this.names = names;
    this.lost = lost;
  }

  /** The request that begins in this frame was lost. */
  wasLost(frame: number): boolean {
    return this.lost.has(frame);
  }

  describe(found: Case, server: ServerKnowledge): Description {
    if (this.description === null || this.latest !== found) {
      this.description = found.describe(server);
      this.latest = found;
    }
    return this.description;
  }
}

export class CaseFinding implements Finding {
  readonly downstream: readonly DownstreamFailure[];
  private readonly incident: Incident;
  private readonly knowledge: ServerKnowledge;
  private readonly words: Words;
  private readonly place: number;
  private readonly endedWithIt: number;

  /**
   * `place`: of the finding among those that `words` knows. `downstream`: what a gateway made of the loss. `endedWithIt`: how
   * many connections of the server's process ended in the same moment.
   */
  constructor(
    incident: Incident,
    knowledge: ServerKnowledge,
    words: Words,
    place: number,
    downstream: DownstreamFailure | null,
    endedWithIt: number,
  ) {
    this.incident = incident;
    this.knowledge = knowledge;
    this.words = words;
    this.place = place;
    this.downstream = downstream === null ? NONE : [downstream];
    this.endedWithIt = endedWithIt;
  }

  get id(): string {
    return this.words.names.idAt(this.place);
  }

  get fingerprint(): string {
    return fingerprintOf(this.rule, this.server, this.route, this.cause);
  }

  get rule(): string {
    return this.incident.rule.id;
  }

  get route(): string {
    return normalisedRoute(this.incident.case.route);
  }

  get cause(): string {
    return this.incident.case.cause;
  }

  get severity(): Severity {
    return this.incident.case.severity;
  }

  get confidence(): Confidence {
    return this.incident.case.confidence;
  }

  get stream(): number | null {
    return this.incident.stream;
  }

  get client(): string | null {
    return this.incident.client;
  }

  get server(): string {
    return this.incident.server;
  }

  get lostRequests(): number {
    return this.incident.case.lostRequests;
  }

  get time(): number {
    return this.incident.case.time;
  }

  get frame(): number {
    return this.incident.case.frame;
  }

  get summary(): string {
    return this.description.summary;
  }

  get explanation(): string {
    return this.description.explanation;
  }

  get advice(): string {
    return this.description.advice;
  }

  /** In the order of their frames: that is how they stand in Wireshark. */
  get evidence(): readonly Evidence[] {
    return this.description.evidence.toSorted((a, b) => a.frame - b.frame);
  }

  get also(): Finding['also'] {
    return this.incident.also;
  }

  get executed(): Executed | null {
    return this.incident.case.executed;
  }

  get delivered(): Delivered | null {
    return this.incident.case.delivered;
  }

  get consequences(): readonly string[] {
    const { loss } = this.incident;
    const [downstream] = this.downstream;
    return [
      ...this.description.consequences,
      ...(this.endedWithIt > 0 ? [endedTogetherText(this.endedWithIt)] : []),
      ...(loss?.history.retry
        ? [retryText(loss.history, loss.request, this.executed, this.words.wasLost(loss.history.retry.frame))]
        : []),
      ...(downstream ? [downstreamText(downstream, this.frame)] : []),
    ];
  }

  get exchange(): ExchangeReport | null {
    const { loss } = this.incident;
    return loss && exchangeReport(loss.history, loss.request);
  }

  get exposure(): Finding['exposure'] {
    return this.description.exposure ?? null;
  }

  get logged(): ClientWords | null {
    const { loss } = this.incident;
    // A gateway hands on the User-Agent of its own client.
    const isClients = loss?.unanswered && this.lostRequests > 0 && this.downstream.length === 0;
    return isClients ? clientWordsFor(loss.history) : null;
  }

  get retry(): RetryReport | null {
    const { loss } = this.incident;
    return loss && retryReport(loss.history, loss.request, this.executed);
  }

  get related(): readonly string[] {
    return this.words.names.relatedAt(this.place);
  }

  get displayFilter(): string {
    return displayFilterOf(this.stream, this.evidence);
  }

  get suppressed(): null {
    return null;
  }

  private get description(): Description {
    return this.words.describe(this.incident.case, this.knowledge);
  }
}

const NONE: readonly never[] = [];

function displayFilterOf(stream: number | null, evidence: readonly Evidence[]): string {
  const frames = [...new Set(evidence.map((item) => item.frame))].sort((a, b) => a - b);
  const isElsewhere = evidence.some((item) => item.isElsewhere);
  const inFrames = `frame.number in {${frames.join(', ')}}`;
  return stream === null || isElsewhere ? inFrames : `tcp.stream eq ${stream} && ${inFrames}`;
}
