// A finding:
//
//   ERROR fin-crosses-request                        proven, id 0c64c2ee
//   The server's close and a request crossed in flight; the request was lost.
//
//   What happened
//   GET /2 (frame 8) from … and the FIN of … crossed in flight, …
//   frame  8  +0.625 s  lost request: starts at sequence 29, …
//   …
//   Why
//   Fix
//   Filter
import { DELIVERED, EXECUTED } from '../../report/text.ts';
import { RULES } from '../../rules/catalogue.ts';
import type { Finding } from '../../rules/finding.ts';
import { momentText } from '../lists.ts';
import type { Content, PageContext } from '../pages.ts';
import { EMPTY, folded, type Line, line } from '../screen/line.ts';
import { heading, labelled, prose } from './prose.ts';

export function findingContent(id: string, { model }: PageContext, width: number): Content {
  const finding = model.finding(id);
  if (finding === undefined) return linesContent('finding', prose('This finding does not hold any more.', width));
  const documentation = RULES.find(({ documentation }) => documentation.id === finding.rule)?.documentation;
  const lines: Line[] = [
    line([finding.severity.toUpperCase(), finding.severity], ` `, [finding.rule, 'bold']),
    ...(documentation === undefined ? [] : prose(documentation.title, width)),
    line([
      [
        finding.confidence,
        ...(finding.stream === null ? [] : [`stream ${finding.stream}`]),
        momentText(model, finding.time),
        `id ${finding.id}`,
      ].join(', '),
      'dim',
    ]),
    ...folded(
      line(
        ['client ', 'dim'],
        [finding.client ?? '(several)', 'client'],
        ['  server ', 'dim'],
        [finding.server, 'server'],
      ),
      width,
    ),
    ...heading('What happened'),
    ...prose(finding.summary, width),
  ];
  const frameWidth = Math.max(0, ...finding.evidence.map(({ frame }) => `${frame}`.length));
  for (const { frame, time, role, note } of finding.evidence) {
    const head = `frame ${String(frame).padStart(frameWidth)}  ${momentText(model, time)}`;
    lines.push(line('  ', [head, 'evidence'], '  ', [role, 'bold']));
    if (note !== '') lines.push(...prose(note, width, '    '));
  }
  lines.push(EMPTY);
  if (finding.executed !== null) lines.push(...labelled('Executed?', EXECUTED[finding.executed], width));
  if (finding.delivered !== null) lines.push(...labelled('Delivered?', DELIVERED[finding.delivered], width));
  for (const consequence of finding.consequences) lines.push(...labelled('Consequence:', consequence, width));
  if (finding.logged !== null) {
    const { client, words } = finding.logged;
    lines.push(...labelled('Logged:', `a client that calls itself ${client} says "${words}" of this.`, width));
  }
  if (finding.also.length > 0) {
    lines.push(
      ...labelled('Here too:', finding.also.map(({ rule, severity }) => `${rule} (${severity})`).join(', '), width),
    );
  }
  if (finding.related.length > 0) lines.push(...labelled('Belongs to:', finding.related.join(', '), width));
  lines.push(...heading('Why'), ...prose(finding.explanation, width));
  lines.push(...heading('Fix'), ...prose(finding.advice, width));
  if (documentation !== undefined && documentation.symptoms.length > 0) {
    lines.push(...heading('Logs call it'));
    for (const symptom of documentation.symptoms) lines.push(...prose(`"${symptom}"`, width));
  }
  lines.push(...heading('Filter for Wireshark (y copies it)'), ...prose(finding.displayFilter, width));
  return linesContent(finding.rule, lines);
}

/** Findings in short, under a heading. `isAll`: no others can have been left out of the list. */
export function findingLines(title: string, findings: readonly Finding[], isAll: boolean, width: number): Line[] {
  if (findings.length === 0 && isAll) return [];
  const lines = heading(title);
  for (const finding of findings) {
    lines.push(line([finding.severity.toUpperCase(), finding.severity], ` ${finding.rule}, id ${finding.id}`));
    lines.push(...prose(finding.summary, width, '  '));
  }
  if (!isAll) {
    lines.push(...prose('Of those that are listed: not all findings of this server are.', width, '  ', 'warning'));
  }
  return lines;
}

/** Lines that can only be scrolled. */
export function linesContent(title: string, lines: readonly Line[]): Content {
  return { title, count: lines.length, firstSelectable: Infinity, line: (index) => lines[index] ?? EMPTY };
}
