// What stands on the frames of an exported capture: one line each, for people and for filters.
//
//     [fin-crosses-request ERROR id=9f3c1a2b] server FIN: acknowledges 512, the request starts at 512
import { escapeForTerminal } from '../report/escape.ts';
import { headline } from '../report/headline.ts';
import type { Report } from '../report/report.ts';
import type { Finding, Severity } from '../rules/finding.ts';

export const COMMENTED = ['all', 'first'] as const;
/** On every frame that is evidence, or only on the first one of each finding: then with the finding's summary. */
export type Commented = (typeof COMMENTED)[number];

/** A display filter for the frames that have comments of findings. (A dot for the bracket: no escape to get wrong.) */
export const FINDINGS_FILTER = 'frame.comment matches "^.[a-z-]+ (ERROR|WARNING|INFO) id="';

/** The same for findings of one severity. */
export function severityFilter(severity: Severity): string {
  return `frame.comment matches "^.[a-z-]+ ${severity.toUpperCase()} id="`;
}

/** A display filter for the frames of one finding in the exported capture, whatever its frames are called there. */
export function filterOf({ id }: Finding): string {
  return `frame.comment contains " id=${id}]"`;
}

/**
 * Comments on one frame, at most: a frame that a thousand findings refer to would become a block that no program reads.
 */
const MOST_COMMENTS = 64;

/** Bytes and signs that are not visible are shown as their numbers, for a comment is printed as it stands. */
function commentLine({ rule, severity, id }: Finding, text: string): string {
  return escapeForTerminal(`[${rule} ${severity.toUpperCase()} id=${id}] ${text}`);
}

/** The comments by frame, in the order of the findings. */
export function commentsByFrame(
  findings: readonly Finding[],
  commented: Commented,
): ReadonlyMap<number, readonly string[]> {
  const comments = new Map<number, string[]>();
  const omitted = new Map<number, number>();
  const put = (frame: number, comment: string) => {
    const known = comments.get(frame);
    if (known === undefined) comments.set(frame, [comment]);
    else if (known.length < MOST_COMMENTS) {
      if (!known.includes(comment)) known.push(comment);
    } else omitted.set(frame, (omitted.get(frame) ?? 0) + 1);
  };
  for (const finding of findings) {
    const [first] = finding.evidence;
    if (first === undefined || commented === 'first') {
      put(first?.frame ?? finding.frame, commentLine(finding, finding.summary));
      continue;
    }
    for (const { frame, role, note } of finding.evidence) {
      put(frame, commentLine(finding, note === '' ? role : `${role}: ${note}`));
    }
  }
  for (const [frame, count] of omitted) comments.get(frame)!.push(`[finrace] ${count} more comments are left out`);
  return comments;
}

/** Comments for an extract. Their texts name frames of the whole capture: so they say which one of them `frame` is. */
export function withOriginalFrame(comments: readonly string[], frame: number): readonly string[] {
  return comments.map((comment) => `${comment} (frame ${frame} of the original)`);
}

/** What the section header of a converted capture says: the summary, and how to find the frames. */
export function headerComment(report: Report): string {
  const sentence = escapeForTerminal(headline(report));
  return report.findings.length === 0 ? sentence : `${sentence} Display filter for the evidence: ${FINDINGS_FILTER}`;
}
