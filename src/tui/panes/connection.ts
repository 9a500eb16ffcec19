// A connection: what is known of it as a whole, its findings, then its exchanges, which can be opened.
import { byteCount, grouped } from '../../report/layout.ts';
import { lengthText, momentText, requestText, statusStyle, statusText } from '../lists.ts';
import type { Model } from '../model/model.ts';
import {
  CLOSED_BY,
  GAP_ENDS,
  LACKS_BYTES,
  PROTOCOLS,
  REQUEST_CLOSES,
  RESPONSE_CLOSES,
  VANTAGES,
} from '../model/schemas.ts';
import type { Content, PageContext } from '../pages.ts';
import { EMPTY, folded, type Line, line } from '../screen/line.ts';
import { padded, safe } from '../screen/width.ts';
import { findingLines, linesContent } from './finding.ts';
import { facts, prose } from './prose.ts';

const CLOSE_WORDS: Readonly<Record<string, string>> = {
  open: 'nobody: open when the capture ended',
  'client-fin': 'the client, with FIN',
  'server-fin': 'the server, with FIN',
  'client-rst': 'the client, with RST',
  'server-rst': 'the server, with RST',
};

export function connectionContent(stream: number, { model }: PageContext, width: number): Content {
  const title = `stream ${stream}`;
  if (!model.isPresent(stream)) return linesContent(title, prose('This connection is not in the capture.', width));
  const c = model.connections.columns;
  const held = c.heldExchanges[stream]!;
  const first = c.firstExchange[stream]!;
  const closedBy = CLOSED_BY[c.closedBy[stream]!]!;
  const delay = c.closeDelay[stream]!;
  const product = model.strings[c.product[stream]!]!;
  const userAgent = model.strings[c.userAgent[stream]!]!;
  const protocol = PROTOCOLS[c.protocol[stream]!]!;
  const lastIdle = c.lastIdle[stream]!;
  const lines: Line[] = [
    ...folded(
      line([`stream ${stream}  `, 'bold'], [model.clientOf(stream), 'client'], ' to ', [
        model.serverOf(stream),
        'server',
      ]),
      width,
    ),
    ...facts(
      [
        [
          'closed by',
          `${CLOSE_WORDS[closedBy]}${Number.isNaN(delay) ? '' : `, ${lengthText(delay)} after its last response`}`,
        ],
        ...(Number.isNaN(lastIdle)
          ? []
          : ([['idle at the end', `${lengthText(lastIdle)}, ended by ${endWords(c.lastIdleEnd[stream]!)}`]] as const)),
        ['longest idle', lengthText(c.longestIdle[stream]!)],
        [
          'time',
          `${momentText(model, c.openTime[stream]!)}, ${lengthText(c.duration[stream]!)} long; ` +
            `frames ${c.firstFrame[stream]} to ${c.lastFrame[stream]}`,
        ],
        [
          'network',
          `round trip ${lengthText(c.rtt[stream]!)}, captured at: ${VANTAGES[c.vantage[stream]!]}` +
            ((c.marks[stream]! & LACKS_BYTES) !== 0 ? '; the capture lacks bytes of it' : ''),
        ],
        [
          'sent',
          `client ${byteCount(c.clientBytes[stream]!)}, server ${byteCount(c.serverBytes[stream]!)}` +
            (protocol === 'http/1' ? '' : `; protocol: ${protocol}`),
        ],
        ...(product === '' && userAgent === ''
          ? []
          : ([['software', `client ${userAgent || '?'}, server ${product || '?'}`]] as const)),
      ],
      width,
    ),
  ];
  const { listed, isAll } = model.findingsOf(stream);
  lines.push(...findingLines('Findings', listed, isAll, width));
  const count = c.exchanges[stream]!;
  lines.push(
    EMPTY,
    line(
      ['Exchanges', 'title'],
      [held === count ? ` ${grouped(count)}` : ` ${grouped(held)} of ${grouped(count)} are held`, 'dim'],
    ),
  );
  if (held === 0) {
    lines.push(
      ...prose(count === 0 ? 'No HTTP exchange was seen. L shows the segments.' : 'L shows the segments.', width),
    );
    return linesContent(title, lines);
  }
  lines.push(
    line([
      `${padded('frame', 8, 'right')} ${padded('idle before', 11, 'right')} ${padded('wait', 8, 'right')}  answer  request`,
      'dim',
    ]),
  );
  return {
    title,
    count: lines.length + held,
    firstSelectable: lines.length,
    line: (index) => lines[index] ?? exchangeLine(model, first + index - lines.length),
  };
}

/** frame, idle before, wait, status, request */
function exchangeLine(model: Model, row: number): Line {
  const e = model.exchanges.columns;
  const closes =
    (e.marks[row]! & REQUEST_CLOSES) !== 0
      ? '  (client announces close)'
      : (e.marks[row]! & RESPONSE_CLOSES) !== 0
        ? '  (server announces close)'
        : '';
  return line(
    `${padded(`${model.firstFrameOf(row)}`, 8, 'right')} ` +
      `${padded(lengthText(e.idleBefore[row]!), 11, 'right')} ${padded(lengthText(e.wait[row]!), 8, 'right')}  `,
    [padded(statusText(model, row), 6), statusStyle(model, row)],
    `  ${safe(requestText(model, row))}`,
    [closes, 'dim'],
  );
}

function endWords(end: number): string {
  const word = GAP_ENDS[end]!;
  if (word === 'capture-end') return "the capture's end";
  const [who, how] = word.split('-');
  return `the ${who}'s ${(how ?? '').toUpperCase()}`;
}
