// LAYS OUT a ladder diagram: the segments of a connection as rows from top to bottom, for whoever draws them (HTML,
// terminal). Knows nothing of pixels, columns or escaping.
//
//   +0.000000  C ──────────> S   SYN                             SegmentRow
//   ...
//              ── 5.00 s idle ──                                 PauseRow
//   +5.082114  C <────────── S   FIN, ACK    server FIN: …       SegmentRow with evidence
//   +5.083214  C ──────────> S   GET /b      lost request: …     SegmentRow that crosses the one before
//              ── 120 segments not shown ──                      FoldedRow
//              ── 1448 bytes missing ──                          MissingRow
//
// `ladderOf` makes the rows from segments (src/trace/), or, where nobody can read the capture again, from the evidence
// and the exchanges alone; then flags and numbers are null. `foldLadder` shortens a ladder that is there already.
// Start lines, roles and notes quote the capture: hostile, escape them for the medium.
import type { History } from '../history/history.ts';
import type { Evidence, Finding } from '../rules/finding.ts';
import { flagNames, type Trace, type TracedSegment } from '../trace/trace.ts';
import { ACK, FIN, RST, SYN } from '../wire/segment.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';

/** What a segment is beside what its numbers say. */
export type SegmentMark = 'retransmission' | 'out-of-order' | 'probe';

export interface SegmentRow {
  readonly kind: 'segment';
  readonly frame: number;
  /** Nanoseconds since the timeline's origin; NaN when unknown. */
  readonly time: number;
  /** Who sent it; null when that cannot be told from the evidence, or when it passed on another connection. */
  readonly from: 'client' | 'server' | null;
  /** As Wireshark lists them, "FIN, ACK"; null when unknown. */
  readonly flags: string | null;
  /** Relative, as Wireshark counts; null when unknown, `acknowledgement` also without ACK flag. */
  readonly sequence: number | null;
  readonly acknowledgement: number | null;
  /** Payload bytes; null when unknown. */
  readonly length: number | null;
  /** The HTTP start line that begins in it, '' for none. */
  readonly startLine: string;
  readonly mark: SegmentMark | null;
  /** What the frame is in the finding, and what it proves; empty for segments that only surround it. */
  readonly evidence: readonly Pick<Evidence, 'role' | 'note'>[];
  /** The frame passed on another connection (a retry, a gateway's answer). */
  readonly isElsewhere: boolean;
  /** Frame of the other end's segment, in an earlier row, that it crossed: neither acknowledges the other. */
  readonly crosses: number | null;
  /** How much it matters to the finding, 0 most; `foldLadder` drops the greatest first. */
  readonly rank: number;
}

/** Nothing was seen for a while, apart from segments that carry nothing: acknowledgements and probes. */
export interface PauseRow {
  readonly kind: 'pause';
  /** Nanoseconds between the rows before and behind it. */
  readonly duration: number;
  /** Such segments in it, which have no rows. */
  readonly segments: number;
  /** The client's last bytes were not answered yet; else the connection lay idle. */
  readonly isWaiting: boolean;
}

/** Segments that are not shown. */
export interface FoldedRow {
  readonly kind: 'folded';
  readonly segments: number;
  /** Payload bytes in them, by sender; null when not even that is known. */
  readonly clientBytes: number | null;
  readonly serverBytes: number | null;
}

/** Bytes that were sent, for what follows lies behind them, and that the capture lacks. */
export interface MissingRow {
  readonly kind: 'missing';
  readonly from: 'client' | 'server';
  readonly sequence: number;
  readonly bytes: number;
}

export type LadderRow = SegmentRow | PauseRow | FoldedRow | MissingRow;

export interface Ladder {
  /** What it was made of: the connection's segments, or only what the report says of a few of them. */
  readonly basis: 'segments' | 'evidence';
  readonly stream: number;
  /** address:port of both ends; `client` null when the report does not say. */
  readonly client: string | null;
  readonly server: string;
  readonly rows: readonly LadderRow[];
}

export type LadderFinding = Pick<Finding, 'stream' | 'client' | 'server' | 'evidence'>;
export type LadderTrace = Pick<Trace, 'length' | 'omitted' | 'at'> & Partial<Pick<Trace, 'omittedAt'>>;
export type LadderHistory = Pick<History, 'exchanges' | 'idleGaps'>;

export interface LadderOptions {
  /** Segment rows, about; see `foldLadder`. */
  readonly maxSegments: number;
}

/** A silence is worth a row from here on (ns); round trips on the open internet stay below. */
const SHORTEST_PAUSE = 400e6;
/** Ranks: what is kept before what. */
const EVIDENCE = 0;
const CLOSING = 1;
const OPENING = 2;
const NEIGHBOUR = 3;
/** From here on by distance from the evidence. */
const DISTANT = 4;
/** Places with missing bytes that are followed, for each sender. */
const MAX_HOLES = 64;
/** Exchanges shown before the incident where there are no segments. */
const EXCHANGES_WITHOUT_SEGMENTS = 2;

/**
 * The ladder of a finding on one connection; null for a finding about a server as a whole. `trace` null: no segments
 * can be had. `history` helps only then; null when it is not known either.
 */
export function ladderOf(
  finding: LadderFinding,
  trace: LadderTrace | null,
  history: LadderHistory | null,
  options: LadderOptions,
): Ladder | null {
  if (finding.stream === null) return null;
  const hasSegments = trace !== null && trace.length > 0;
  const rows = hasSegments ? rowsOfTrace(trace, finding.evidence) : rowsOfEvidence(finding.evidence, history);
  const ladder: Ladder = {
    basis: hasSegments ? 'segments' : 'evidence',
    stream: finding.stream,
    client: finding.client,
    server: finding.server,
    rows,
  };
  return foldLadder(ladder, options.maxSegments);
}

/**
 * The ladder with about `maxSegments` segment rows, all evidence among them: what matters least is folded, but never a
 * segment alone.
 */
export function foldLadder(ladder: Ladder, maxSegments: number): Ladder {
  const ranks = ladder.rows.flatMap((row, index) => (row.kind === 'segment' ? [{ index, rank: row.rank }] : []));
  if (ranks.length <= maxSegments) return ladder;
  ranks.sort((a, b) => a.rank - b.rank || b.index - a.index);
  const kept = new Set(ranks.filter(({ rank }, place) => rank === EVIDENCE || place < maxSegments).map((r) => r.index));
  // One segment alone takes no more room than the words that it is not shown.
  const places = ranks.map(({ index }) => index).sort((a, b) => a - b);
  const alone = places.filter(
    (index, i) => !kept.has(index) && kept.has(places[i - 1] ?? -1) && kept.has(places[i + 1] ?? -1),
  );
  for (const index of alone) kept.add(index);
  const rows: LadderRow[] = [];
  let fold: Writable<FoldedRow> | null = null;
  for (const [index, row] of ladder.rows.entries()) {
    if (row.kind === 'segment' && kept.has(index)) {
      if (fold !== null) rows.push(fold);
      fold = null;
      rows.push(row);
    } else if (row.kind === 'segment' || row.kind === 'folded') {
      // Directly behind a fold, the two become one; a pause or missing bytes between them go into it as well.
      fold ??= { kind: 'folded', segments: 0, clientBytes: 0, serverBytes: 0 };
      const more = row.kind === 'folded' ? row : foldOf(row);
      fold.segments += more.segments;
      fold.clientBytes = sum(fold.clientBytes, more.clientBytes);
      fold.serverBytes = sum(fold.serverBytes, more.serverBytes);
    } else if (fold === null || isKeptNext(ladder.rows, index, kept)) {
      if (fold !== null) rows.push(fold);
      fold = null;
      rows.push(row);
    }
  }
  if (fold !== null) rows.push(fold);
  return { ...ladder, rows };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function foldOf({ from, length }: SegmentRow): FoldedRow {
  const bytesOf = (end: SegmentRow['from']) => (from === null || length === null ? null : from === end ? length : 0);
  return { kind: 'folded', segments: 1, clientBytes: bytesOf('client'), serverBytes: bytesOf('server') };
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** The next segment row behind `index` stays. */
function isKeptNext(rows: readonly LadderRow[], index: number, kept: ReadonlySet<number>): boolean {
  for (let next = index + 1; next < rows.length; next++) {
    if (rows[next]!.kind === 'segment') return kept.has(next);
    if (rows[next]!.kind === 'folded') return false;
  }
  return false;
}

/** A flag of a row: `hasFlag(row, 'RST')`. Where the flags are unknown, "server RST" as its role tells. */
export function hasFlag(row: SegmentRow, flag: 'SYN' | 'FIN' | 'RST' | 'PSH' | 'ACK'): boolean {
  if (row.flags !== null) return row.flags.split(', ').includes(flag);
  return row.evidence.some(({ role }) => role === `client ${flag}` || role === `server ${flag}`);
}

/** "GET /b", "HTTP/1.1 200 OK", "FIN, ACK", or the evidence's role where nothing else is known. */
export function rowTitle(row: SegmentRow): string {
  if (row.startLine !== '') {
    const line = row.startLine.replace(/ HTTP\/1\.[01]$/, '');
    return hasFlag(row, 'FIN') ? `${line} (FIN)` : line;
  }
  if (row.flags !== null) return row.flags === '' ? 'no flags' : row.flags;
  return row.evidence[0]?.role ?? '';
}

/** "Seq=29 Ack=64 Len=30", as Wireshark writes it; '' when the numbers are unknown. */
export function rowNumbers(row: SegmentRow): string {
  if (row.sequence === null) return '';
  const ack = row.acknowledgement === null ? '' : ` Ack=${row.acknowledgement}`;
  return `Seq=${row.sequence}${ack} Len=${row.length ?? 0}`;
}

// ---- from segments

/** What one end has sent so far, relative as in the trace. */
class Sender {
  /** Behind its last byte seen, a SYN or FIN counted; null before its first segment. */
  next: number | null = null;
  /** Bytes that were skipped, and the row that stands for them. */
  readonly holes: { start: number; end: number; readonly row: number }[] = [];
  /** Its latest segment with bytes, SYN or FIN. */
  last: TracedSegment | null = null;
  /** FIN and RST, once it has sent one. */
  closings = 0;

  /** Forgets where it was: segments follow that are not known to join on. */
  jump(): void {
    this.next = null;
    this.last = null;
    this.holes.length = 0;
  }
}

function rowsOfTrace(trace: LadderTrace, evidence: readonly Evidence[]): LadderRow[] {
  const own = evidence.filter(({ isElsewhere }) => !isElsewhere);
  const byFrame = new Map<number, Evidence[]>();
  for (const item of own) byFrame.set(item.frame, [...(byFrame.get(item.frame) ?? []), item]);
  const places = placesOf(trace, byFrame);
  const client = new Sender();
  const server = new Sender();
  const rows: (LadderRow | null)[] = [];
  let previous: TracedSegment | null = null;
  let isWaiting = false;
  let pause: Writable<PauseRow> | null = null;
  let pauseStart = NaN;
  for (let index = 0; index < trace.length; index++) {
    const segment = trace.at(index);
    const isBehindOmitted = trace.omitted > 0 && index === trace.omittedAt;
    if (isBehindOmitted) {
      rows.push({ kind: 'folded', segments: trace.omitted, clientBytes: null, serverBytes: null });
      client.jump();
      server.jump();
    } else if (previous !== null && segment.time - previous.time >= SHORTEST_PAUSE) {
      if (pause === null) {
        pause = { kind: 'pause', duration: 0, segments: 0, isWaiting };
        pauseStart = previous.time;
        rows.push(pause);
      }
    }
    if (pause !== null) {
      pause.duration = segment.time - pauseStart;
      if (isBare(segment) && !byFrame.has(segment.frame) && !isBehindOmitted) {
        pause.segments++;
        previous = segment;
        continue;
      }
      pause = null;
    }
    const [sender, peer] = segment.fromClient ? [client, server] : [server, client];
    const mark = take(sender, segment, rows);
    // Each side's first FIN and RST tell how it ended; a socket that is gone may answer a hundred segments with RST.
    const isFirstClosing = (segment.flags & (FIN | RST) & ~sender.closings) !== 0;
    sender.closings |= segment.flags & (FIN | RST);
    rows.push({
      kind: 'segment',
      frame: segment.frame,
      time: segment.time,
      from: segment.fromClient ? 'client' : 'server',
      flags: flagNames(segment.flags),
      sequence: segment.sequence,
      acknowledgement: (segment.flags & ACK) === 0 ? null : segment.acknowledgement,
      length: segment.length,
      startLine: segment.startLine,
      mark,
      evidence: byFrame.get(segment.frame) ?? [],
      isElsewhere: false,
      crosses: crossedBy(segment, mark, peer),
      rank: rankOf(segment, index, places, byFrame, isFirstClosing),
    });
    if (mark === null && endOf(segment) !== segment.sequence) sender.last = segment;
    if (segment.length > 0 && mark !== 'probe') isWaiting = segment.fromClient;
    previous = segment;
  }
  const isCut = trace.omitted > 0 && (trace.omittedAt === undefined || trace.omittedAt === trace.length);
  if (isCut) rows.push({ kind: 'folded', segments: trace.omitted, clientBytes: null, serverBytes: null });
  for (const sender of [client, server]) {
    for (const hole of sender.holes) {
      const bytes = sequenceDifference(hole.end, hole.start);
      // What the trace does not hold may fill it.
      if (isCut || bytes <= 0) continue;
      const from = sender === client ? 'client' : 'server';
      rows[hole.row] = { kind: 'missing', from, sequence: hole.start, bytes };
    }
  }
  const shown = rows.filter((row) => row !== null);
  // Of a long connection the trace may lack frames that are evidence: what the report says of them is drawn.
  for (const item of own) {
    if (shown.some((row) => row.kind === 'segment' && row.frame === item.frame)) continue;
    const next = shown.findIndex((row) => row.kind === 'segment' && row.frame > item.frame);
    shown.splice(next < 0 ? shown.length : next, 0, rowOfEvidence(item, speakerOf(item), ''));
  }
  const elsewhere = evidence.filter(({ isElsewhere }) => isElsewhere);
  return [...shown, ...elsewhere.map((item) => rowOfEvidence(item, null, ''))];
}

/** It carries nothing: an acknowledgement, a window update, a probe without a byte. */
function isBare({ length, flags }: TracedSegment): boolean {
  return length === 0 && (flags & (SYN | FIN | RST)) === 0;
}

/** Moves `sender` on by the segment. Skipped bytes get an empty row, which is filled in at the end if they stay away. */
function take(sender: Sender, segment: TracedSegment, rows: (LadderRow | null)[]): SegmentMark | null {
  const { sequence, length } = segment;
  const end = endOf(segment);
  const { next } = sender;
  if (next === null) {
    // An RST may carry any number; a connection that begins with one tells nothing of what its sender has sent.
    if ((segment.flags & RST) === 0) sender.next = end;
    return null;
  }
  if ((segment.flags & (SYN | FIN | RST)) === 0 && length <= 1 && sequence === (next - 1) >>> 0) return 'probe';
  if ((segment.flags & RST) !== 0) return null;
  if (sequenceDifference(sequence, next) > 0) {
    if (end === sequence) return null;
    if (sender.holes.length < MAX_HOLES) sender.holes.push({ start: next, end: sequence, row: rows.length });
    rows.push(null);
    sender.next = end;
    return null;
  }
  if (sequenceDifference(end, next) > 0) {
    sender.next = end;
    return null;
  }
  if (end === sequence) return null;
  for (const hole of sender.holes) {
    if (sequenceDifference(sequence, hole.end) >= 0 || sequenceDifference(end, hole.start) <= 0) continue;
    // Holes are filled from either end; what is filled in the middle counts as filled from its start.
    if (sequenceDifference(sequence, hole.start) <= 0 || sequenceDifference(end, hole.end) < 0) hole.start = end;
    else hole.end = sequence;
    return 'out-of-order';
  }
  return 'retransmission';
}

function endOf({ sequence, length, flags }: TracedSegment): number {
  return (sequence + length + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0)) >>> 0;
}

/** Both carry something, and neither acknowledges the other: neither end had heard of the other when it spoke. */
function crossedBy(segment: TracedSegment, mark: SegmentMark | null, peer: Sender): number | null {
  const { last } = peer;
  if (last === null || mark !== null || (segment.flags & ACK) === 0 || endOf(segment) === segment.sequence) return null;
  if ((last.flags & ACK) !== 0 && sequenceDifference(last.acknowledgement, segment.sequence) > 0) return null;
  return sequenceDifference(segment.acknowledgement, endOf(last)) < 0 ? last.frame : null;
}

/** Indexes of the segments that are evidence. */
function placesOf(trace: LadderTrace, byFrame: ReadonlyMap<number, unknown>): number[] {
  const places: number[] = [];
  for (let index = 0; index < trace.length; index++) if (byFrame.has(trace.at(index).frame)) places.push(index);
  return places;
}

function rankOf(
  segment: TracedSegment,
  index: number,
  places: readonly number[],
  byFrame: ReadonlyMap<number, unknown>,
  isFirstClosing: boolean,
): number {
  if (byFrame.has(segment.frame)) return EVIDENCE;
  if (isFirstClosing) return CLOSING;
  if (index < 3) return OPENING;
  const distance = nearestDistance(places, index);
  if (distance <= 1) return NEIGHBOUR;
  // Start lines tell what went on: they are worth a longer way.
  return DISTANT + (segment.startLine === '' ? 4 * distance : distance);
}

/** `places` in ascending order. */
function nearestDistance(places: readonly number[], index: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle]! < index) low = middle + 1;
    else high = middle;
  }
  return Math.min(
    low < places.length ? places[low]! - index : Number.MAX_SAFE_INTEGER / 8,
    low > 0 ? index - places[low - 1]! : Number.MAX_SAFE_INTEGER / 8,
  );
}

// ---- from the evidence alone

/** Who speaks, by the first of these words in a role: "server FIN", "lost request", "client acknowledges the FIN". */
const SPEAKER = /\b(?:(client|request|copy|retransmission)|(server|response))\b/;

function rowsOfEvidence(evidence: readonly Evidence[], history: LadderHistory | null): LadderRow[] {
  const rows = new Map<number, SegmentRow>();
  const messages = history === null ? [] : messagesOf(history, evidence);
  for (const { frame, time, from, startLine } of messages) {
    rows.set(frame, {
      ...rowOfEvidence({ frame, time, role: '', note: '' }, from, startLine),
      evidence: [],
      rank: OPENING,
    });
  }
  for (const item of evidence) {
    const known = rows.get(item.frame);
    if (known !== undefined && !item.isElsewhere) {
      rows.set(item.frame, { ...known, evidence: [...known.evidence, item], rank: EVIDENCE });
    } else rows.set(item.frame, rowOfEvidence(item, speakerOf(item), ''));
  }
  const gaps = new Map(history?.idleGaps.map((gap) => [gap.afterFrame, gap]));
  const ordered = [...rows.values()].sort((a, b) => Number(a.isElsewhere) - Number(b.isElsewhere) || a.frame - b.frame);
  return ordered.flatMap((row, index): LadderRow[] => {
    const gap = row.isElsewhere ? undefined : gaps.get(row.frame);
    const next = ordered[index + 1];
    const silence = next === undefined || next.isElsewhere ? NaN : next.time - row.time;
    // Without segments a silence between two rows may have been full of others: only idle gaps are known to be silent.
    return gap === undefined || !(Math.min(gap.duration, silence) >= SHORTEST_PAUSE)
      ? [row]
      : [row, { kind: 'pause', duration: Math.min(gap.duration, silence), segments: 0, isWaiting: false }];
  });
}

function rowOfEvidence(item: Evidence, from: SegmentRow['from'], startLine: string): SegmentRow {
  return {
    kind: 'segment',
    frame: item.frame,
    time: item.time,
    from: item.isElsewhere ? null : from,
    flags: null,
    sequence: null,
    acknowledgement: null,
    length: null,
    startLine,
    mark: null,
    evidence: [item],
    isElsewhere: item.isElsewhere ?? false,
    crosses: null,
    rank: EVIDENCE,
  };
}

function speakerOf({ role }: Evidence): SegmentRow['from'] {
  const match = SPEAKER.exec(role);
  if (match === null) return null;
  return match[1] === undefined ? 'server' : 'client';
}

interface ShownMessage {
  readonly frame: number;
  readonly time: number;
  readonly from: 'client' | 'server';
  readonly startLine: string;
}

/** First frames of the messages that the evidence is about, and of the exchanges right before. */
function messagesOf({ exchanges }: LadderHistory, evidence: readonly Evidence[]): ShownMessage[] {
  const frames = evidence.filter(({ isElsewhere }) => !isElsewhere).map(({ frame }) => frame);
  const last = Math.max(...frames);
  const before = exchanges.filter(({ request, response }) => (request ?? response)!.firstFrame <= last);
  return before.slice(-EXCHANGES_WITHOUT_SEGMENTS).flatMap(({ request, response }) => {
    const messages: ShownMessage[] = [];
    if (request !== null) {
      const startLine = `${request.method} ${request.target} HTTP/${request.version}`;
      messages.push({ frame: request.firstFrame, time: request.startTime, from: 'client', startLine });
    }
    if (response !== null && response.firstFrame <= last) {
      const startLine = `HTTP/${response.version} ${response.status}`;
      messages.push({ frame: response.firstFrame, time: response.startTime, from: 'server', startLine });
    }
    return messages.filter(({ frame }) => frame > 0);
  });
}
