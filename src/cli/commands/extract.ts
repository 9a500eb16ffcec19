// finrace extract: the connections of a finding, or those with a stream number, as a capture of their own.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { commentsByFrame, withOriginalFrame } from '../../export/comments.ts';
import { exportCapture, noCounts } from '../../export/export-capture.ts';
import { findingsCalled, framesOf } from '../../export/find-findings.ts';
import { chooseConnections, frameFilter } from '../../export/select-connections.ts';
import { escapeForTerminal } from '../../report/escape.ts';
import { plural } from '../../report/layout.ts';
import type { Finding } from '../../rules/finding.ts';
import { captureOutput, writeCapture } from '../capture-output.ts';
import { EXIT, type ExitCode, WrongCallError } from '../exit-codes.ts';
import {
  addExportOptions,
  analyzeForExport,
  type ExportCommandOptions,
  type ExportSettings,
  exportSettings,
  tellLosses,
} from '../export-options.ts';
import { selectionOf } from '../options.ts';
import { writePieces } from '../output.ts';
import { RereadableInputs } from '../rereadable-inputs.ts';
import type { World } from '../world.ts';
import { CAPTURE_HELP } from './analyze.ts';

interface ExtractOptions extends ExportCommandOptions {
  readonly finding?: readonly string[];
  readonly stream?: readonly number[];
}

/** Runs of frames that are told. */
const TOLD_RUNS = 20;
const NO_COMMENTS: readonly string[] = [];

export function addExtract(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addExportOptions(program.command('extract'))
    .description('cut connections out of a capture, whole: those of a finding, or by their stream numbers')
    .argument('[capture...]', CAPTURE_HELP)
    .addOption(
      new Option('--finding <id>', "a finding's id, its beginning, or a fingerprint (repeatable)").argParser(collect),
    )
    .addOption(
      new Option('--stream <numbers>', "Wireshark's tcp.stream (a list; repeatable)").argParser(collectStreams),
    )
    .addHelpText(
      'after',
      `
A finding comes with all connections that its evidence is of. The output is pcapng: of a pcapng capture the
chosen packets and all blocks that are no packets, as they were; of pcap, and of several captures, converted.

Examples:
  $ finrace extract trace.pcap --finding 0c64c2ee --annotate all -o incident.pcapng
  $ finrace extract trace.pcap --stream 3,7 -o two.pcapng`,
    )
    .action(async (captures: string[], _: unknown, command: Command) => {
      finish(await extractCommand(captures, await exportSettings<ExtractOptions>(command, world), world));
    });
}

async function extractCommand(
  paths: readonly string[],
  settings: ExportSettings<ExtractOptions>,
  outside: World,
): Promise<ExitCode> {
  const { options } = settings;
  const { finding: ids = [], stream: streams = [] } = options;
  if (ids.length === 0 && streams.length === 0) {
    throw new WrongCallError('nothing to extract given (--finding ID or --stream N)');
  }
  // Said even where the findings are not looked for.
  const ruleNames = outside.rules.map(({ id }) => id);
  selectionOf(options, ruleNames);
  const output = captureOutput(options.output, [...paths, ...settings.alsoRead], outside);
  const captures = await RereadableInputs.open(paths, outside, options.quiet ?? false);
  const { world } = captures;
  return captures.whileOpen(async () => {
    const isAnalyzed = ids.length > 0 || options.annotate !== undefined;
    const findings = isAnalyzed ? (await analyzeForExport(paths, settings, world)).findings : [];
    const chosen = ids.flatMap((id) => called(id, findings));
    const choice = await chooseConnections(captures.reopen(), { streams, frames: framesOf(chosen) });
    if (choice.missing.length > 0) {
      const there = plural(choice.streamsInAll, 'TCP stream');
      throw new WrongCallError(`no stream ${choice.missing.join(', ')}: the capture has ${there}, counted from 0`);
    }
    const comments = options.annotate === undefined ? new Map() : commentsByFrame(findings, options.annotate);
    const isChosen = frameFilter(choice);
    const runs = new Runs();
    const counts = noCounts();
    const { inputs, erase } = captures.reopenWithProgress(options.quiet ?? false);
    const pieces = exportCapture(
      inputs,
      (reader, frame) => {
        if (!isChosen(reader, frame)) return null;
        runs.add(frame);
        return withOriginalFrame(comments.get(frame) ?? NO_COMMENTS, frame);
      },
      { headerComment: null, keepSecrets: !options.discardSecrets, changes: true },
      counts,
    );
    try {
      await writeCapture(output, pieces, world);
    } finally {
      erase();
    }
    // The reader of standard output has gone away.
    if (!counts.isWhole) return EXIT.done;
    tellLosses(counts, options, world);
    if (!options.quiet) {
      const name = output === '-' ? 'Written' : escapeForTerminal(output);
      const connections = plural(choice.streams.size, 'connection');
      const lines = [`${name}: ${plural(counts.frames, 'frame')} of ${connections}.\n`, ...runs.lines()];
      await writePieces(output === '-' ? world.stderr : world.stdout, lines);
    }
    return EXIT.done;
  });
}

function called(id: string, findings: readonly Finding[]): readonly Finding[] {
  const found = findingsCalled(id, findings);
  if (found.kind === 'found') return found.findings;
  const name = JSON.stringify(id);
  if (found.kind === 'none') throw new WrongCallError(`no finding ${name} ("finrace analyze" tells their ids)`);
  throw new WrongCallError(`several findings begin with ${name}: ${found.ids.slice(0, 5).join(', ')}`);
}

/** Which frames of the original those of the extract are, as runs of both. */
class Runs {
  readonly #runs: { readonly first: number; readonly original: number; length: number }[] = [];
  #count = 0;
  #runCount = 0;
  #last = -1;

  add(original: number): void {
    this.#count++;
    const isNext = original === this.#last + 1;
    this.#last = original;
    if (!isNext) this.#runCount++;
    if (isNext && this.#runs.length === this.#runCount) this.#runs.at(-1)!.length++;
    else if (!isNext && this.#runs.length < TOLD_RUNS) this.#runs.push({ first: this.#count, original, length: 1 });
  }

  *lines(): Iterable<string> {
    for (const { first, original, length } of this.#runs) {
      yield length === 1
        ? `  frame ${first} was frame ${original}\n`
        : `  frames ${first}-${first + length - 1} were frames ${original}-${original + length - 1}\n`;
    }
    const rest = this.#runCount - this.#runs.length;
    if (rest > 0) yield `  and ${plural(rest, 'further run')} of frames\n`;
  }
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(',').filter((word) => word !== '')];
}

function collectStreams(value: string, previous: readonly number[] = []): readonly number[] {
  return [
    ...previous,
    ...value.split(',').map((word) => {
      if (!/^\d{1,9}$/.test(word)) throw new InvalidArgumentError(`'${word}' is not a stream number.`);
      return Number(word);
    }),
  ];
}
