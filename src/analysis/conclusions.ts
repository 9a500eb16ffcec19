// The second half of an analysis: what the connections show about their servers and clients, and the report.
//
//   History -> Estimate -> Finding -> Report
import type { Memory } from '../base/plain-memory.ts';
import type { Timeline } from '../base/timeline.ts';
import { ofItsEnd } from '../history/build-history.ts';
import type { History } from '../history/history.ts';
import { RecentRequests } from '../history/recent-requests.ts';
import { serverReports, withFrameProblems } from '../report/build-report.ts';
import type { Detail, Report } from '../report/report.ts';
import { RULES } from '../rules/catalogue.ts';
import { Judge, type Verdict } from '../rules/judge.ts';
import type { GatewayFailure } from '../rules/lost-request.ts';
import type { Observed } from '../timeouts/server-observations.ts';
import { VERSION } from '../version.ts';
import type { FourTuple } from '../wire/segment.ts';
import type { AnalysisObserver } from './observer.ts';
import type { ReadResult } from './read-connections.ts';

export class Conclusions implements AnalysisObserver {
  private readonly detail: Detail;
  private readonly judge: Judge;
  private readonly recent: RecentRequests;
  private readonly histories: History[] = [];

  private readonly onHistory: ((history: History) => void) | undefined;

  /**
   * `onHistory`: takes the connections that are over, so that nobody has to keep them. `kernelMemory`: of the kernel that
   * reads them, where it is in this thread; it is needed until the report is made.
   */
  constructor(detail: Detail, onHistory?: (history: History) => void, kernelMemory: Memory | null = null) {
    this.detail = detail;
    this.onHistory = onHistory;
    this.judge = new Judge(kernelMemory);
    this.recent = new RecentRequests(kernelMemory);
  }

  pairOf(tuple: FourTuple, clientIsSource: boolean): number {
    return this.judge.servers.pairOf(tuple, clientIsSource);
  }

  countsAt(pair: number): number {
    return this.judge.servers.countsAt(pair);
  }

  pairsAt(names: readonly string[]): number {
    return this.judge.servers.pairsAt(names);
  }

  makeRooms(): void {
    this.judge.servers.makeRooms();
  }

  reused(pair: number, stream: number, duration: number, afterFrame: number, frame: number, time: number): void {
    this.judge.servers.reused(pair, stream, duration, afterFrame, frame, time);
  }

  asked(client: number, route: number, length: number, stream: number, frame: number, time: number): number {
    return this.recent.add(client, route, length, stream, frame, time);
  }

  requestsAt(): number {
    return this.recent.sharedPlace;
  }

  bodyBegan(recent: number, digest: number): void {
    this.recent.bodyBegan(recent, digest);
  }

  gatewayFailed(failure: GatewayFailure): void {
    this.judge.gatewayFailures.add(failure);
  }

  endedInOrder(observed: Observed): void {
    this.judge.servers.observeOrderly(observed);
  }

  judged(history: History, client: number): boolean {
    const held = this.judge.judge(ofItsEnd(history), (request, notBefore) =>
      this.recent.retryOf(client, request, history.stream, notBefore),
    );
    if (this.onHistory !== undefined) {
      this.onHistory(history);
      return held;
    }
    if (this.detail === 'exchanges') this.histories.push(history);
    else if (this.detail === 'connections') this.histories.push({ ...history, exchanges: [], idleGaps: [] });
    return held || this.detail === 'exchanges';
  }

  judgedBriefly(history: History): boolean {
    return this.onHistory === undefined && this.detail === 'findings' && this.judge.judgeBriefly(history);
  }

  over(): void {}

  /** The report on all that was told; `read`: what else the reading found. */
  report(read: ReadResult, timeline: Timeline): Report {
    this.judge.servers.settle();
    return this.reportOn(this.judge.verdict(), read, timeline);
  }

  /** The report as if the captures ended here. More may be told afterwards. */
  reportSoFar(read: ReadResult, timeline: Timeline): Report {
    return this.reportOn(this.judge.verdictSoFar(), read, timeline);
  }

  private reportOn(verdict: Verdict, read: ReadResult, timeline: Timeline): Report {
    const { evicted, oversizedHeads, cutSegments, strangers, ...totals } = read.totals;
    const unread = { evicted, oversizedHeads, cutSegments, strangers, unfollowed: this.judge.servers.unfollowed };
    return {
      version: VERSION,
      timeline,
      captures: read.captures.map((summary, i) => withFrameProblems(summary, read.counts[i]!, i === 0 ? unread : null)),
      totals: {
        frames: read.frames,
        tcpSegments: read.tcpSegments,
        ...totals,
        findings: verdict.counts,
      },
      detail: this.detail,
      connections: this.histories.sort((a, b) => a.stream - b.stream),
      servers: serverReports(this.judge.servers, verdict),
      findings: verdict.findings,
      omittedFindings: verdict.omitted,
      hiddenFindings: 0,
      gate: null,
      rules: RULES.map((rule) => rule.documentation),
    };
  }
}
