// finrace analyze: the report.
import type { Command } from 'commander';
import { adjustReport } from '../../policy/adjust-report.ts';
import type { Report } from '../../report/report.ts';
import { filesRead, settingsOf } from '../config.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type AnalysisOptions, addAnalysisOptions } from '../options.ts';
import { exitCodeOf, runAnalysis, tellProblems, writeReport } from '../run-analysis.ts';
import type { World } from '../world.ts';

export const CAPTURE_HELP =
  'pcap or pcapng files, plain or compressed; - is standard input; several are merged by time';

export function addAnalyze(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addAnalysisOptions(program.command('analyze'))
    .description('report what went wrong with the keep-alive connections of a capture')
    .argument('[capture...]', CAPTURE_HELP)
    .addHelpText(
      'after',
      `
Examples:
  $ finrace analyze trace.pcapng
  $ finrace analyze client.pcap server.pcap --format json -o report.json
  $ finrace analyze trace.pcapng -o sarif=out.sarif -o markdown=ticket.md
  $ finrace analyze --only fin-crosses-request --port 8080 trace.pcap.gz
  $ tcpdump -i any -U -w - tcp port 8080 | finrace analyze -`,
    )
    .action(async (captures: string[], _: AnalysisOptions, command: Command) => {
      finish(await analyzeCommand(captures, command, world));
    });
}

export async function analyzeCommand(captures: readonly string[], command: Command, world: World): Promise<ExitCode> {
  const settings = await settingsOf<AnalysisOptions>(command, world);
  const { options, policy } = settings;
  const adjust = (found: Report) => adjustReport(found, policy);
  const report = await runAnalysis(captures, options, world, 'findings', adjust, filesRead(settings));
  await writeReport(report, options, world);
  tellProblems(report, options, world);
  return exitCodeOf(EXIT.done, world);
}
