// All that the screen can show: rows of connections and exchanges, and the report so far. Filled by the worker's
// messages only. It is the one thing of the state that changes in place (a million rows are not copied for a key);
// `version` tells that it did.
import { SECOND } from '../../base/timeline.ts';
import type { ServerReport } from '../../report/report.ts';
import { problemInWords } from '../../report/text.ts';
import { type Finding, SEVERITIES, type Severity } from '../../rules/finding.ts';
import { Columns } from './columns.ts';
import type { FromWorker, Portion, ReportSoFar } from './messages.ts';
import { CONNECTION, EXCHANGE, PRESENT, VERDICT } from './schemas.ts';

export interface Progress {
  readonly bytesRead: number;
  readonly totalBytes: number | null;
}

export class Model {
  version = 0;
  readonly strings: string[] = [''];
  /** A connection stands at the place of its stream number. */
  readonly connections = new Columns(CONNECTION);
  readonly verdicts = new Columns(VERDICT);
  readonly exchanges = new Columns(EXCHANGE);
  /** Rows of connections that are none: streams outside of what was asked for. */
  holes = 0;
  omittedExchanges = 0;
  report: ReportSoFar | null = null;
  isDone = false;
  wasStopped = false;
  progress: Progress = { bytesRead: 0, totalBytes: null };
  readonly findingsOfStream = new Map<number, Finding[]>();
  private readonly findingById = new Map<string, Finding>();
  private readonly serverByName = new Map<string, ServerReport>();
  /** Columns that the longest client and the longest server take. */
  clientWidth = 0;
  serverWidth = 0;
  /** Exchanges of connections that are over; behind them those of open ones. */
  private settledExchanges = 0;
  private openStreams: Int32Array = new Int32Array(0);
  private present = 0;

  get findings(): readonly Finding[] {
    return this.report?.findings ?? [];
  }

  get servers(): readonly ServerReport[] {
    return this.report?.servers ?? [];
  }

  /** What could not be read of the captures, in words. */
  get captureProblems(): string[] {
    return (this.report?.captures ?? []).flatMap(({ path, problems }) =>
      problems.map((problem) => problemInWords(path, problem)),
    );
  }

  /** Findings that are counted, but not listed. */
  get omittedFindings(): number {
    return (this.report?.omittedFindings ?? []).reduce((sum, { count }) => sum + count, 0);
  }

  /** Those of a connection; `isAll`: there may be others, for not all of its server are listed. */
  findingsOf(stream: number): { readonly listed: readonly Finding[]; readonly isAll: boolean } {
    const listed = this.findingsOfStream.get(stream) ?? [];
    const server = this.serverOf(stream);
    return { listed, isAll: !(this.report?.omittedFindings ?? []).some((omitted) => omitted.server === server) };
  }

  /** How many findings of each severity and rule a server has, the gravest first. */
  findingCounts(server: string): { readonly severity: Severity; readonly rule: string; readonly count: number }[] {
    const groups = new Map<string, { severity: Severity; rule: string; count: number }>();
    const add = (severity: Severity, rule: string, count: number) => {
      const group = groups.get(`${severity} ${rule}`);
      if (group === undefined) groups.set(`${severity} ${rule}`, { severity, rule, count });
      else group.count += count;
    };
    for (const finding of this.findings) if (finding.server === server) add(finding.severity, finding.rule, 1);
    for (const omitted of this.report?.omittedFindings ?? []) {
      if (omitted.server === server) add(omitted.severity, omitted.rule, omitted.count);
    }
    return [...groups.values()].sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
  }

  /** Connections, without the holes. */
  get connectionCount(): number {
    return this.present;
  }

  /** Nanoseconds of the capture's first frame; NaN when unknown. */
  get start(): number {
    const times = (this.report?.captures ?? [])
      .map((capture) => capture.firstFrameTime)
      .filter((t) => !Number.isNaN(t));
    if (times.length > 0) return Math.min(...times);
    return this.connections.length > 0 && this.isPresent(0) ? this.connections.columns.openTime[0]! : NaN;
  }

  /** Seconds since the first frame. */
  sinceStart(time: number): number {
    return (time - this.start) / SECOND;
  }

  finding(id: string): Finding | undefined {
    return this.findingById.get(id);
  }

  server(name: string): ServerReport | undefined {
    return this.serverByName.get(name);
  }

  isPresent(stream: number): boolean {
    return stream < this.connections.length && (this.connections.columns.marks[stream]! & PRESENT) !== 0;
  }

  /** The first frame that the capture holds of an exchange. */
  firstFrameOf(row: number): number {
    const { requestFrame, responseFrame } = this.exchanges.columns;
    return requestFrame[row]! || responseFrame[row]!;
  }

  clientOf(stream: number): string {
    const { clientAddress, clientPort } = this.connections.columns;
    return endpointText(this.strings[clientAddress[stream]!]!, clientPort[stream]!);
  }

  serverOf(stream: number): string {
    const { serverAddress, serverPort } = this.connections.columns;
    return endpointText(this.strings[serverAddress[stream]!]!, serverPort[stream]!);
  }

  /** Bytes of its rows, for whoever asks what a million connections cost. */
  get bytes(): number {
    return this.connections.bytes + this.verdicts.bytes + this.exchanges.bytes;
  }

  /** Takes a message that brings something to show. */
  take(message: FromWorker): void {
    if (message.kind === 'progress') {
      this.progress = message;
    } else if (message.kind === 'rows') {
      for (const text of message.strings) this.strings.push(text);
      this.omittedExchanges = message.omittedExchanges;
      this.dropOpen();
      this.append(message.over);
      this.settledExchanges = this.exchanges.length;
      this.append(message.open);
      this.openStreams = message.open.connections.streams;
    } else if (message.kind === 'report') {
      this.report = message.report;
      this.isDone = message.isFinal;
      this.wasStopped = message.wasStopped;
      this.markFindings();
    } else return;
    this.version++;
  }

  /** What was said of open connections is void; they stay in the list as they were last seen. */
  private dropOpen(): void {
    const { heldExchanges } = this.connections.columns;
    for (const stream of this.openStreams) heldExchanges[stream] = 0;
    this.exchanges.resize(this.settledExchanges);
  }

  private append({ connections, exchanges }: Portion): void {
    const before = this.exchanges.length;
    this.exchanges.append(exchanges.rows, exchanges.count);
    let last = this.connections.length - 1;
    for (const stream of connections.streams) if (stream > last) last = stream;
    this.connections.resize(last + 1);
    this.verdicts.resize(last + 1);
    const columns = this.connections.columns;
    const names = Object.keys(CONNECTION) as (keyof typeof CONNECTION)[];
    for (let i = 0; i < connections.count; i++) {
      if ((columns.marks[connections.streams[i]!]! & PRESENT) === 0) this.present++;
      columns.marks[connections.streams[i]!] = PRESENT;
    }
    for (const name of names) {
      const from = connections.rows[name];
      const to = columns[name];
      const shift = name === 'firstExchange' ? before : 0;
      for (let i = 0; i < connections.count; i++) to[connections.streams[i]!] = from[i]! + shift;
    }
    this.holes = this.connections.length - this.present;
    const { clientAddress, clientPort, serverAddress, serverPort } = connections.rows;
    for (let i = 0; i < connections.count; i++) {
      this.clientWidth = Math.max(this.clientWidth, widthOf(this.strings[clientAddress[i]!]!, clientPort[i]!));
      this.serverWidth = Math.max(this.serverWidth, widthOf(this.strings[serverAddress[i]!]!, serverPort[i]!));
    }
  }

  private markFindings(): void {
    const { worst, findings } = this.verdicts.columns;
    for (const stream of this.findingsOfStream.keys()) worst[stream] = findings[stream] = 0;
    this.findingsOfStream.clear();
    this.findingById.clear();
    this.serverByName.clear();
    for (const server of this.servers) this.serverByName.set(server.server, server);
    for (const finding of this.findings) {
      this.findingById.set(finding.id, finding);
      const { stream } = finding;
      if (stream === null) continue;
      const others = this.findingsOfStream.get(stream);
      if (others === undefined) this.findingsOfStream.set(stream, [finding]);
      else others.push(finding);
      worst[stream] = Math.max(worst[stream]!, SEVERITIES.indexOf(finding.severity) + 1);
      findings[stream]!++;
    }
  }
}

/** Columns of an endpoint: without making its text. */
function widthOf(address: string, port: number): number {
  const digits = port < 10 ? 1 : port < 100 ? 2 : port < 1000 ? 3 : port < 10_000 ? 4 : 5;
  return address.length + 1 + digits + (address.includes(':') ? 2 : 0);
}

export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
