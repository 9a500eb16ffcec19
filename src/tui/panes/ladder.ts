// The ladder of a connection, one line per segment:
//
//      frame  time          10.0.0.1:40112               10.0.0.2:8080
//          4  +0.041000 s   ├─ GET /a ───────────────────────────▶│   Seq=1 Ack=1 Len=60
//                           ────────── 5.00 s idle ──────────
//          9  +5.082114 s   │◀──────────────────────── FIN, ACK ──┤   server FIN
//
// and at its foot all that is known of the selected one.
import { durationText } from '../../base/duration-text.ts';
import { type LadderRow, rowNumbers, rowTitle, type SegmentRow } from '../../report/ladder.ts';
import { byteCount, plural } from '../../report/layout.ts';
import { momentText } from '../lists.ts';
import type { Content, Page, PageContext } from '../pages.ts';
import { EMPTY, type Line, line, type Span } from '../screen/line.ts';
import type { Symbols } from '../screen/symbols.ts';
import { cut, ELLIPSIS, padded, safe, widthOf } from '../screen/width.ts';
import { linesContent } from './finding.ts';
import { prose } from './prose.ts';

const FRAME_WIDTH = 8;
const TIME_WIDTH = 13;
/** Lines that the foot has at least: the numbers, and what the segment proves. */
const LEAST_FOOT = 4;

export function ladderContent(
  { stream, isAll }: Extract<Page, { kind: 'ladder' }>,
  { model, trace, symbols }: PageContext,
  width: number,
): Content {
  const title = `ladder of stream ${stream}`;
  if (trace === null || trace.stream !== stream || trace.status === 'reading') {
    return linesContent(
      title,
      prose('Reading the segments of this connection from the capture. Esc goes back.', width),
    );
  }
  if (trace.status === 'failed') return linesContent(title, prose(`No segments: ${trace.problem}`, width));
  const rows = (isAll ? trace.ladder : trace.brief)?.rows ?? [];
  if (rows.length === 0) return linesContent(title, prose('The capture holds no segment of it.', width));
  const zone = Math.max(26, Math.min(60, width - FRAME_WIDTH - TIME_WIDTH - 4 - 26));
  const [client, server] = [model.clientOf(stream), model.serverOf(stream)];
  const gap = Math.max(1, zone - client.length - server.length);
  return {
    title: `${title}, ${isAll ? 'every segment' : 'what matters'}`,
    count: rows.length,
    firstSelectable: 0,
    head: [
      line(
        [`${padded('frame', FRAME_WIDTH, 'right')}${padded('time', TIME_WIDTH, 'right')}  `, 'dim'],
        [cut(client, zone - 12), 'client'],
        ' '.repeat(gap),
        [cut(server, zone), 'server'],
      ),
    ],
    line: (index) => {
      const row = rows[index]!;
      return row.kind === 'segment'
        ? segmentLine(row, momentText(model, row.time), zone, symbols)
        : otherLine(row, zone, symbols);
    },
  };
}

/** What is known of a row, in at most `most` lines: for the foot of the page. */
export function ladderFoot(row: LadderRow | undefined, width: number, most: number): Line[] {
  const lines: Line[] = [];
  if (row?.kind === 'segment') {
    const facts = [
      `frame ${row.frame}`,
      row.flags ?? '',
      rowNumbers(row),
      row.mark ?? '',
      row.crosses === null ? '' : `crossed frame ${row.crosses}: neither end had heard of the other`,
    ];
    lines.push(...prose(facts.filter((fact) => fact !== '').join(', '), width));
    if (row.startLine !== '') lines.push(...prose(row.startLine, width, '', 'bold'));
    for (const { role, note } of row.evidence) lines.push(...prose(`${role}: ${note}`, width, '', 'evidence'));
  } else if (row?.kind === 'folded') lines.push(line(['Enter or v shows every segment.', 'dim']));
  while (lines.length < LEAST_FOOT) lines.push(EMPTY);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), line([`${ELLIPSIS} ${plural(lines.length - most + 1, 'further line')}`, 'dim'])];
}

function segmentLine(row: SegmentRow, moment: string, zone: number, symbols: Symbols): Line {
  const isEvidence = row.evidence.length > 0;
  const { vertical, horizontal } = symbols;
  const style = isEvidence ? 'evidence' : row.from === 'client' ? 'client' : 'server';
  const label = ` ${cut(safe(rowTitle(row)), zone - 10)} `;
  const shaft = horizontal.repeat(Math.max(1, zone - 4 - widthOf(label)));
  const arrow: Span[] =
    row.from === 'client'
      ? [
          [vertical, 'dim'],
          [`${horizontal}${label}${shaft}${symbols.right}`, style],
          [vertical, 'dim'],
        ]
      : row.from === 'server'
        ? [
            [vertical, 'dim'],
            [`${symbols.left}${shaft}${label}${horizontal}`, style],
            [vertical, 'dim'],
          ]
        : [[padded(`${vertical} on another connection:${label}`, zone), style]];
  const rest = isEvidence
    ? row.evidence.map(({ role }) => role).join(', ')
    : row.mark !== null
      ? row.mark
      : row.startLine !== '' || row.length
        ? `${row.length ?? 0} bytes`
        : '';
  return line(
    [padded(`${row.frame}`, FRAME_WIDTH, 'right'), isEvidence ? 'evidence' : 'plain'],
    [padded(moment, TIME_WIDTH, 'right'), 'dim'],
    '  ',
    ...arrow,
    '  ',
    [rest, isEvidence ? 'evidence' : 'dim'],
  );
}

function otherLine(row: Exclude<LadderRow, SegmentRow>, zone: number, symbols: Symbols): Line {
  const indent = ' '.repeat(FRAME_WIDTH + TIME_WIDTH + 2);
  const words = ` ${wordsOf(row)} `;
  const side = Math.max(1, Math.floor((zone - 2 - words.length) / 2));
  const dash = row.kind === 'folded' ? '.' : symbols.horizontal;
  const style = row.kind === 'missing' ? 'warning' : 'dim';
  return line(indent, [symbols.vertical, 'dim'], [`${dash.repeat(side)}${words}${dash.repeat(side)}`, style]);
}

function wordsOf(row: Exclude<LadderRow, SegmentRow>): string {
  if (row.kind === 'pause') return `${durationText(row.duration)} ${row.isWaiting ? 'waiting for an answer' : 'idle'}`;
  if (row.kind === 'missing') return `${plural(row.bytes, 'byte')} of the ${row.from} missing in the capture`;
  const bytes =
    row.clientBytes === null || row.serverBytes === null ? '' : `, ${byteCount(row.clientBytes + row.serverBytes)}`;
  return `${plural(row.segments, 'segment')}${bytes} not shown`;
}
