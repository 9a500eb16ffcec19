// finrace annotate: the capture with a comment on every frame that is evidence.
import type { Command } from 'commander';
import { commentsByFrame, FINDINGS_FILTER, filterOf, headerComment } from '../../export/comments.ts';
import { type ExportCounts, exportCapture, noCounts } from '../../export/export-capture.ts';
import { escapeForTerminal } from '../../report/escape.ts';
import { plural } from '../../report/layout.ts';
import type { Report } from '../../report/report.ts';
import { captureOutput, whole, writeCapture } from '../capture-output.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import {
  addExportOptions,
  analyzeForExport,
  type ExportCommandOptions,
  type ExportSettings,
  exportSettings,
  shellWord,
  tellLosses,
} from '../export-options.ts';
import { writePieces } from '../output.ts';
import { RereadableInputs } from '../rereadable-inputs.ts';
import type { World } from '../world.ts';
import { CAPTURE_HELP } from './analyze.ts';

/** Findings that are told one by one. */
const TOLD_FINDINGS = 10;
const NO_COMMENTS: readonly string[] = [];

export function addAnnotate(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addExportOptions(program.command('annotate'))
    .description('write the capture as pcapng, with a comment on every frame that is evidence, for Wireshark')
    .argument('[capture...]', CAPTURE_HELP)
    .addHelpText(
      'after',
      `
A pcapng capture stays as it is, block by block; pcap, and several captures, are converted.
"finrace wireshark-profile --install" makes Wireshark show the comments in colour.

Examples:
  $ finrace annotate trace.pcap -o findings.pcapng
  $ finrace annotate --min-severity error client.pcap server.pcap -o both.pcapng
  $ finrace annotate trace.pcapng.gz -o - | tshark -r - -Y frame.comment`,
    )
    .action(async (captures: string[], _: unknown, command: Command) => {
      finish(await annotateCommand(captures, await exportSettings<ExportCommandOptions>(command, world), world));
    });
}

async function annotateCommand(
  paths: readonly string[],
  settings: ExportSettings<ExportCommandOptions>,
  outside: World,
): Promise<ExitCode> {
  const { options } = settings;
  const output = captureOutput(options.output, [...paths, ...settings.alsoRead], outside);
  const captures = await RereadableInputs.open(paths, outside, options.quiet ?? false);
  const { world } = captures;
  return captures.whileOpen(async () => {
    const report = await analyzeForExport(paths, settings, world);
    const comments = commentsByFrame(report.findings, options.annotate ?? 'all');
    const counts = noCounts();
    const { inputs, erase } = captures.reopenWithProgress(options.quiet ?? false);
    const pieces = exportCapture(
      inputs,
      (_, frame) => comments.get(frame) ?? NO_COMMENTS,
      {
        headerComment: headerComment(report),
        keepSecrets: !options.discardSecrets,
        changes: comments.size > 0 || options.discardSecrets === true,
      },
      counts,
    );
    try {
      await writeCapture(output, whole(pieces, counts, report), world);
    } finally {
      erase();
    }
    // The reader of standard output has gone away.
    if (!counts.isWhole) return EXIT.done;
    tellLosses(counts, options, world);
    if (!options.quiet)
      await writePieces(output === '-' ? world.stderr : world.stdout, summary(report, counts, output));
    return EXIT.done;
  });
}

function* summary(report: Report, counts: ExportCounts, output: string): Iterable<string> {
  const file = output === '-' ? 'OUT.pcapng' : shellWord(escapeForTerminal(output));
  const { findings } = report;
  yield `${output === '-' ? 'Written' : escapeForTerminal(output)}: ${plural(counts.frames, 'frame')}, `;
  if (findings.length === 0) {
    yield 'no findings, so no comments.\n';
    return;
  }
  yield `${plural(counts.commentedFrames, 'of them has comments', 'of them have comments')} ` +
    `(${plural(findings.length, 'finding')}).\n`;
  yield `  all  wireshark -r ${file} -Y ${shellWord(FINDINGS_FILTER)}\n`;
  for (const finding of findings.slice(0, TOLD_FINDINGS)) {
    yield `  ${finding.severity} ${finding.rule}  wireshark -r ${file} -g ${finding.frame}  filter: ${filterOf(finding)}\n`;
  }
  const rest = findings.length - TOLD_FINDINGS;
  if (rest > 0) yield `  and ${plural(rest, 'further finding')}\n`;
  const omitted = report.omittedFindings.reduce((sum, { count }) => sum + count, 0);
  if (omitted > 0) yield `  ${plural(omitted, 'finding')} of the same kinds only counted, without comments\n`;
}
