// An exchange: the request and its answer.
import { byteCount } from '../../report/layout.ts';
import { lengthText, momentText, requestText, statusText } from '../lists.ts';
import {
  HAS_REQUEST,
  HAS_RESPONSE,
  REQUEST_CLOSES,
  REQUEST_COMPLETE,
  RESPONSE_CLOSES,
  RESPONSE_COMPLETE,
} from '../model/schemas.ts';
import type { Content, PageContext } from '../pages.ts';
import { folded, type Line, line } from '../screen/line.ts';
import { findingLines, linesContent } from './finding.ts';
import { facts, heading, prose } from './prose.ts';

export function exchangeContent(stream: number, nth: number, { model }: PageContext, width: number): Content {
  const c = model.connections.columns;
  if (!model.isPresent(stream) || nth >= c.heldExchanges[stream]!) {
    return linesContent('exchange', prose('This exchange is not held any more.', width));
  }
  const row = c.firstExchange[stream]! + nth;
  const e = model.exchanges.columns;
  const marks = e.marks[row]!;
  const has = (bit: number) => (marks & bit) !== 0;
  const lines: Line[] = [
    ...prose(requestText(model, row), width, '', 'bold'),
    ...folded(
      line([`exchange ${nth + 1} of stream ${stream}  `, 'dim'], [model.clientOf(stream), 'client'], ' to ', [
        model.serverOf(stream),
        'server',
      ]),
      width,
    ),
    ...heading('Request'),
  ];
  if (has(HAS_REQUEST)) {
    lines.push(
      ...facts(
        [
          ['host', model.strings[e.host[row]!]! || '(none)'],
          ['first frame', `${e.requestFrame[row]}, ${momentText(model, e.startTime[row]!)}`],
          [
            'idle before',
            Number.isNaN(e.idleBefore[row]!) ? 'first of the connection, or pipelined' : lengthText(e.idleBefore[row]!),
          ],
          ['body', byteCount(e.requestBytes[row]!)],
          ['whole', has(REQUEST_COMPLETE) ? 'yes' : 'no'],
          ...(has(REQUEST_CLOSES) ? ([['announces', 'the end of the connection']] as const) : []),
        ],
        width,
      ),
    );
  } else lines.push(...prose('The capture does not hold it.', width));
  lines.push(...heading('Response'));
  if (has(HAS_RESPONSE)) {
    lines.push(
      ...facts(
        [
          ['status', statusText(model, row)],
          ['first frame', `${e.responseFrame[row]}`],
          ['last frame', `${e.lastFrame[row]}`],
          ...(has(HAS_REQUEST)
            ? ([
                ['wait', `${lengthText(e.wait[row]!)} from the end of the request`],
                ['in all', `${lengthText(e.total[row]!)} from the beginning of the request`],
              ] as const)
            : []),
          ['body', byteCount(e.responseBytes[row]!)],
          ['whole', has(RESPONSE_COMPLETE) ? 'yes' : 'no'],
          ...(has(RESPONSE_CLOSES) ? ([['announces', 'the end of the connection']] as const) : []),
        ],
        width,
      ),
    );
  } else lines.push(...prose('None was seen.', width));
  const { listed, isAll } = model.findingsOf(stream);
  const findings = listed.filter(({ evidence }) =>
    evidence.some(({ frame }) => frame >= model.firstFrameOf(row) && frame <= e.lastFrame[row]! && frame > 0),
  );
  lines.push(...findingLines('Findings that it is evidence of', findings, isAll, width));
  return linesContent(`exchange ${nth + 1}`, lines);
}
