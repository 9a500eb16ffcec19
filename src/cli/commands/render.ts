// finrace render: a saved JSON report in another format, later.
import { constants } from 'node:buffer';
import { type Command, Option } from 'commander';
import type { ByteSource } from '../../capture/byte-source.ts';
import { NotAReportError, readReport } from '../../report/read-json.ts';
import type { Report } from '../../report/report.ts';
import { selectFindings } from '../../report/select-findings.ts';
import { SEVERITIES } from '../../rules/finding.ts';
import { EXIT, type ExitCode, WrongCallError } from '../exit-codes.ts';
import { type AnalysisOptions, addOutputOptions, addSelectionOptions, colorOption, selectionOf } from '../options.ts';
import { checkOutputs } from '../output.ts';
import { outputsOf } from '../outputs.ts';
import { filesOf, type WritingOptions, writeReport } from '../run-analysis.ts';
import { systemErrorInWords } from '../system-errors.ts';
import type { World } from '../world.ts';

interface RenderOptions extends WritingOptions, Pick<AnalysisOptions, 'only' | 'ignore' | 'minSeverity'> {
  readonly from?: string;
}

const CHUNK_BYTES = 1024 * 1024;

export function addRender(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addSelectionOptions(addOutputOptions(program.command('render')))
    .description('a saved JSON report in another format')
    .option('--from <report>', 'a report that --format json wrote; - is standard input')
    .addOption(
      new Option('--fail-on <level>', 'from where on a finding is a failed test (JUnit)').choices([
        ...[...SEVERITIES].reverse(),
        'never',
      ]),
    )
    .addOption(colorOption())
    .addOption(new Option('-q, --quiet', 'only the one sentence that matters most'))
    .addHelpText(
      'after',
      `
Examples:
  $ finrace check -o json=report.json trace.pcapng
  $ finrace render --from report.json
  $ finrace render --from report.json --format markdown -o ticket.md
  $ finrace render --from report.json -o sarif=out.sarif -o junit=junit.xml`,
    )
    .action(async (_: unknown, command: Command) => {
      finish(await renderCommand(command.optsWithGlobals(), world));
    });
}

async function renderCommand(options: RenderOptions, world: World): Promise<ExitCode> {
  const { from } = options;
  if (from === undefined) throw new WrongCallError('no report given (--from report.json)');
  const outputs = outputsOf(options);
  const source = open(from, world);
  let report: Report;
  try {
    checkOutputs(filesOf(outputs), [from]);
    report = await read(source, from);
  } finally {
    source.close();
  }
  const selection = selectionOf(
    options,
    report.rules.map(({ id }) => id),
  );
  await writeReport(selectFindings(report, selection), options, world);
  return EXIT.done;
}

function open(path: string, world: World): ByteSource {
  if (path === '-' && world.stdinIsTerminal) {
    throw new WrongCallError('standard input (-) is a terminal; pipe a report into it');
  }
  try {
    return world.openSource(path, false);
  } catch (error) {
    throw inWords(error, path);
  }
}

async function read(source: ByteSource, path: string): Promise<Report> {
  try {
    return readReport(await textOf(source, path));
  } catch (error) {
    if (error instanceof NotAReportError) throw new WrongCallError(`${path}: ${error.message}`);
    throw inWords(error, path);
  }
}

async function textOf(source: ByteSource, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = await source.read(chunk, 0, chunk.length);
    if (count === 0) break;
    length += count;
    if (length > constants.MAX_STRING_LENGTH) {
      throw new WrongCallError(`${path}: too large (write it with --detail findings, or render from the captures)`);
    }
    // A pipe hands out little at a time.
    chunks.push(count === chunk.length ? chunk : Buffer.from(chunk.subarray(0, count)));
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

function inWords(error: unknown, path: string): unknown {
  const reason = systemErrorInWords(error);
  return reason === null ? error : new WrongCallError(`${path}: ${reason}`);
}
