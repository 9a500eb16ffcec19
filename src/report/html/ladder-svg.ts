// DRAWS a ladder (report/ladder.ts) as SVG.
//
//    time          client                              server          frame
//    +0.041000       |  GET /a  Seq=1 Ack=1 Len=31       |             3
//                    |---------------------------------->|
//                    |          5.00 s idle              |
//    +5.082114       |             FIN, ACK  Seq=64 …    |             5
//                    |             server FIN: …         |             crossed
//                    |<-------\     /--------------------|
//                    |---------\---/-------------------->|
//    +5.083214       |  GET /b …                         |             6
//
// Two segments that crossed are drawn as a cross, with the words of the first above and of the second below; other
// arrows fall a little, for time runs down. Texts are broken here, since SVG breaks none.
import { durationText } from '../../base/duration-text.ts';
import { hasFlag, type Ladder, type LadderRow, rowNumbers, rowTitle, type SegmentRow } from '../ladder.ts';
import { byteCount, plural, wrap } from '../layout.ts';
import { html, type Markup } from './markup.ts';
import type { Words } from './words.ts';

const WIDTH = 560;
const TIME = 76;
const CLIENT = 90;
const SERVER = 490;
const FRAME = 500;
const MIDDLE = (CLIENT + SERVER) / 2;
const LABEL = CLIENT + 10;
/** Characters that fit between the two lines: of a label, and of a note in the smaller proportional type. */
const LABEL_CHARACTERS = 60;
const NOTE_CHARACTERS = 58;
const LINE = 15;

export function ladderSvg(ladder: Ladder, words: Words): Markup {
  const drawing = new Drawing(words);
  for (const [index, row] of ladder.rows.entries()) drawing.add(row, ladder.rows[index - 1], ladder.rows[index + 1]);
  const { height } = drawing;
  const caption =
    ladder.basis === 'segments'
      ? ''
      : 'Drawn from the evidence alone, without the segments around it: the capture was not read a second time.';
  return html`<figure><div class="scroll" role="group" aria-label="Ladder diagram of stream ${ladder.stream}"><svg width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"><text class="b" x="${CLIENT}" y="13" text-anchor="middle">client</text><text class="b mid" x="${SERVER}" y="13">server</text><text class="m" x="${FRAME}" y="28">frame</text><text class="m e" x="${TIME}" y="28">seconds</text>${drawing.backs}${drawing.lifelines()}${drawing.parts}</svg></div>${caption !== '' && html`<figcaption>${caption}</figcaption>`}</figure>`;
}

class Drawing {
  readonly parts: Markup[] = [];
  /** What lies behind everything else. */
  readonly backs: Markup[] = [];
  private readonly words: Words;
  private y = 34;
  /** Where the lines of the two ends are drawn through, and where they are dotted: nothing is shown there. */
  private readonly solid: [from: number, to: number][] = [[20, 34]];
  private readonly dotted: [from: number, to: number][] = [];

  constructor(words: Words) {
    this.words = words;
  }

  get height(): number {
    return this.y + 8;
  }

  lifelines(): Markup {
    const path = (pieces: readonly [number, number][]) =>
      pieces.map(([from, to]) => `M${CLIENT} ${from}V${to}M${SERVER} ${from}V${to}`).join('');
    return html`<path class="life" d="${path(this.solid)}"/>${this.dotted.length > 0 && html`<path class="life gone" d="${path(this.dotted)}"/>`}`;
  }

  add(row: LadderRow, before: LadderRow | undefined, after: LadderRow | undefined): void {
    if (row.kind !== 'segment') {
      this.remark(row);
      return;
    }
    const crossesBefore = isCrossing(before, row);
    const crossedByNext = after !== undefined && after.kind === 'segment' && isCrossing(row, after);
    const start = this.y;
    const height = this.heightOf(row) - (crossesBefore || crossedByNext ? LINE : 0);
    if (row.evidence.length > 0) {
      this.backs.push(
        html`<rect class="ev" x="0" y="${start}" width="${WIDTH}" height="${height + (crossedByNext ? 34 : 0)}"/>`,
      );
    }
    this.parts.push(html`<text class="c e" x="${TIME}" y="${start + 13}">${this.words.relative(row.time)}</text>`);
    const label = this.label(row, start + 13);
    const notes = this.notes(row, start + 13 + (crossesBefore || crossedByNext ? LINE : LINE + 13));
    this.parts.push(label, ...notes);
    this.parts.push(html`<text class="c" x="${FRAME}" y="${start + 13}">${row.frame}</text>`);
    if (!crossesBefore && !crossedByNext && row.from !== null) this.parts.push(arrow(row, start + 20, start + 25));
    this.y = start + height;
    if (crossedByNext) {
      // Each is sent before the other one arrives.
      const next = after as SegmentRow;
      if (next.evidence.length > 0 && row.evidence.length === 0) {
        this.backs.push(html`<rect class="ev" x="0" y="${this.y}" width="${WIDTH}" height="34"/>`);
      }
      this.parts.push(arrow(row, this.y + 3, this.y + 29), arrow(next, this.y + 7, this.y + 33 - 4));
      this.parts.push(html`<text class="bad b" x="${FRAME}" y="${this.y + 20}">crossed</text>`);
      this.y += 34;
    }
    if (row.isElsewhere) this.dotted.push([start, this.y]);
    else this.solid.push([start, this.y]);
  }

  private heightOf(row: SegmentRow): number {
    return (row.from === null ? 18 : 32) + this.noteLines(row).length * LINE + (row.evidence.length > 0 ? 3 : 0);
  }

  private label(row: SegmentRow, y: number): Markup {
    const isReset = hasFlag(row, 'RST');
    const numbers = rowNumbers(row);
    const extras = [row.mark, row.isElsewhere ? 'another connection' : null].filter((word) => word !== null).join(', ');
    const tail = [numbers, extras].filter((part) => part !== '').join(' · ');
    const title = cut(rowTitle(row), LABEL_CHARACTERS - tail.length - 2);
    const [x, anchor] = row.from === 'server' ? [SERVER - 10, ' e'] : [LABEL, ''];
    return html`<text class="${isReset ? 'bad' : ''}${anchor}" x="${x}" y="${y}"><tspan class="b">${title}</tspan>${tail !== '' && html` <tspan class="c">${tail}</tspan>`}</text>`;
  }

  private notes(row: SegmentRow, firstLine: number): Markup[] {
    const [x, anchor] = row.from === 'server' ? [SERVER - 10, ' e'] : [LABEL, ''];
    const y = row.from === null ? firstLine - 13 : firstLine;
    return this.noteLines(row).map(({ text, role }, index) => {
      const rest = text.slice(role.length);
      return html`<text class="${anchor.trim()}" x="${x}" y="${y + index * LINE}">${role !== '' && html`<tspan class="b">${role}</tspan>`}${rest}</text>`;
    });
  }

  /** Role and note of each evidence, broken into lines; `role`: how much of the line's beginning is the role. */
  private noteLines(row: SegmentRow): { readonly text: string; readonly role: string }[] {
    return row.evidence.flatMap(({ role, note }) => {
      const isTitle = row.flags === null && row.startLine === '' && role === rowTitle(row);
      const head = isTitle ? '' : note === '' ? role : `${role}:`;
      if (head === '' && note === '') return [];
      return wrap(`${head} ${note}`.trim(), NOTE_CHARACTERS).map((text, index) => ({
        text: cut(text, NOTE_CHARACTERS + 8),
        role: index === 0 && text.startsWith(head) ? head : '',
      }));
    });
  }

  private remark(row: Exclude<LadderRow, SegmentRow>): void {
    const start = this.y;
    this.y += 28;
    this.dotted.push([start, this.y]);
    const isBad = row.kind === 'missing' || (row.kind === 'pause' && row.isWaiting);
    this.parts.push(
      html`<text class="mid ${isBad ? 'bad' : 'm'}${row.kind === 'pause' ? ' b' : ''}" x="${MIDDLE}" y="${start + 18}">${remarkText(row)}</text>`,
    );
  }
}

export function remarkText(row: Exclude<LadderRow, SegmentRow>): string {
  switch (row.kind) {
    case 'pause':
      return (
        `${durationText(row.duration)} ${row.isWaiting ? 'without an answer' : 'idle'}` +
        (row.segments > 0 ? `, ${plural(row.segments, 'segment')} without data` : '')
      );
    case 'missing':
      return `${byteCount(row.bytes)} of the ${row.from}, from Seq=${row.sequence} on, are not in the capture`;
    case 'folded': {
      const bytes = [
        row.clientBytes ? `${byteCount(row.clientBytes)} of the client` : '',
        row.serverBytes ? `${byteCount(row.serverBytes)} of the server` : '',
      ].filter((part) => part !== '');
      return `${plural(row.segments, 'segment')} not shown${bytes.length > 0 ? `: ${bytes.join(', ')}` : ''}`;
    }
  }
}

function isCrossing(first: LadderRow | undefined, second: SegmentRow): boolean {
  return first?.kind === 'segment' && second.crosses === first.frame && first.crosses === null;
}

/** From its sender at `top` to the other end at `bottom`. A reset ends in a cross. */
function arrow(row: SegmentRow, top: number, bottom: number): Markup {
  const [from, to, back] = row.from === 'client' ? [CLIENT, SERVER, -1] : [SERVER, CLIENT, 1];
  const tip = to + back * 2;
  const head = `M${tip + back * 8} ${bottom - 5}L${tip} ${bottom}l${back * 8} 4`;
  const isReset = hasFlag(row, 'RST');
  const end = isReset ? `${head}M${tip + back * 12} ${bottom - 5}l${back * 8} 9m0 -9l${-back * 8} 9` : head;
  return html`<path${isReset && html` class="rst"`} d="M${from} ${top}L${tip} ${bottom}${end}"/>`;
}

function cut(text: string, characters: number): string {
  const most = Math.max(8, characters);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
