// The options that all analysing commands share, and what they come to.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { MOST_SHARES } from '../analysis/options.ts';
import { nodeNet } from '../base/node-modules.ts';
import { FORMATS } from '../report/formats.ts';
import type { Detail } from '../report/report.ts';
import type { Selection } from '../report/select-findings.ts';
import { SEVERITIES, type Severity } from '../rules/finding.ts';
import { WrongCallError } from './exit-codes.ts';
import { nearest } from './nearest.ts';
import { COLOR_CHOICES, type ColorChoice } from './terminal.ts';

export const DETAILS: readonly Detail[] = ['findings', 'connections', 'exchanges'];

/** As commander hands them over: absent where the user said nothing. */
export interface AnalysisOptions {
  readonly format?: string;
  readonly output?: readonly string[];
  readonly sarifUri?: string;
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  readonly minSeverity?: Severity;
  readonly host?: readonly string[];
  readonly port?: readonly number[];
  readonly detail?: Detail;
  readonly ladders?: boolean;
  readonly color?: ColorChoice;
  readonly quiet?: boolean;
  readonly jobs?: number;
  readonly follow?: boolean;
  readonly config?: string | false;
}

// No default values here: the program takes the same options before the command's name, and a default there would
// pass for something the user said.
export function addAnalysisOptions(command: Command): Command {
  return addReadingOptions(addOutputOptions(command))
    .addOption(new Option('--detail <level>', 'how much of the connections JSON holds').choices([...DETAILS]))
    .addOption(
      new Option('--ladders', 'read the captures twice, for the segments around each finding (JSON; HTML always)'),
    );
}

/** What is read, and which findings of it count: for commands that write something else than reports. */
export function addReadingOptions(command: Command): Command {
  return addSelectionOptions(command)
    .addOption(
      new Option('--host <address>', 'look only at traffic of this IP address (repeatable)').argParser(collectHosts),
    )
    .addOption(
      new Option('--port <number>', 'look only at traffic of this TCP port (repeatable)').argParser(collectPorts),
    )
    .addOption(
      new Option('-j, --jobs <number>', 'threads that read; the report is the same (default: by size)').argParser(
        parseJobs,
      ),
    )
    .addOption(new Option('--follow', 'wait for the capture to grow, until Ctrl-C'))
    .addOption(colorOption())
    .addOption(new Option('-q, --quiet', 'only the one sentence that matters most; no progress'))
    .addOption(new Option('--config <file>', 'take settings from this file instead of the nearest finrace.config.*'))
    .addOption(new Option('--no-config', 'take settings from no file'));
}

/** Which formats go where. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(new Option('-f, --format <name>', 'output format').choices(FORMATS.map(({ name }) => name)))
    .addOption(
      new Option(
        '-o, --output <[format=]file>',
        'write the report to a file instead of standard output; with FORMAT= write that one too (repeatable)',
      ).argParser((value: string, previous: readonly string[] = []) => [...previous, value]),
    )
    .addOption(
      new Option(
        '--sarif-uri <uri>',
        'what SARIF, GitLab and JUnit name as the place of findings (a relative URI)',
      ).argParser(relativeUri),
    );
}

/** Which findings are shown. */
export function addSelectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--only <rules>', 'show only findings of these rules (a list of names)').argParser(collectWords),
    )
    .addOption(
      new Option('--ignore <rules>', 'show no findings of these rules (a list of names)').argParser(collectWords),
    )
    .addOption(new Option('--min-severity <level>', 'show no findings below this').choices([...SEVERITIES]));
}

export function colorOption(): Option {
  return new Option('--color <when>', 'colour the output').choices([...COLOR_CHOICES]);
}

/** The filter that `options` describe; a rule that does not exist is an error, and the nearest one is suggested. */
export function selectionOf(
  options: Pick<AnalysisOptions, 'only' | 'ignore' | 'minSeverity'>,
  ruleNames: readonly string[],
): Selection {
  const only = options.only ?? [];
  const ignore = options.ignore ?? [];
  for (const name of [...only, ...ignore]) {
    if (!ruleNames.includes(name)) throw unknownRule(name, ruleNames);
  }
  return { only, ignore, minSeverity: options.minSeverity ?? 'info' };
}

export function unknownRule(name: string, ruleNames: readonly string[]): WrongCallError {
  const meant = nearest(name, ruleNames);
  const hint = meant === undefined ? "'finrace rules' lists all" : `did you mean ${meant}?`;
  return new WrongCallError(`unknown rule '${name}' (${hint})`);
}

/**
 * `--only a b capture.pcap`: commander's lists would swallow the capture, so the words are joined with commas here. The list goes on
 * for as long as the next word is the name of a rule; the first word always belongs to it, and is an error if it is no
 * rule.
 */
export function joinRuleLists(argv: readonly string[], ruleNames: readonly string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === '--') return [...joined, ...argv.slice(index)];
    joined.push(word);
    if (word !== '--only' && word !== '--ignore') continue;
    const rules = argv.slice(index + 1, index + 2);
    while (rules.length > 0 && ruleNames.includes(argv[index + 1 + rules.length] ?? '')) {
      rules.push(argv[index + 1 + rules.length]!);
    }
    if (rules.length > 0) joined.push(rules.join(','));
    index += rules.length;
  }
  return joined;
}

/** A relative reference (RFC 3986 4.2) with a path: what code scanning accepts as the name of a file. */
function relativeUri(value: string): string {
  const isRelative = /^(?![/?#]|[^/?#]*:)(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})+$/i.test(value);
  if (!isRelative) throw new InvalidArgumentError(`'${value}' is not a relative URI (such as config/nginx.conf).`);
  return value;
}

function collectWords(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(',').filter((word) => word !== '')];
}

function collectHosts(value: string, previous: readonly string[] = []): readonly string[] {
  const addresses = value.split(',').map(withoutBrackets);
  for (const address of addresses) {
    const why = noAddress(address);
    if (why !== null) throw new InvalidArgumentError(`'${address}' ${why}.`);
  }
  return [...previous, ...addresses];
}

/** IPv6 as it stands in a URL, too. */
export function withoutBrackets(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1');
}

/** Why no traffic can be of the address `text`; null when it can be. */
export function noAddress(text: string): string | null {
  // A capture holds addresses; looking a name up today could give another one than it had then.
  if (nodeNet().isIP(text) === 0) return 'is not an IP address';
  return text.includes('%') ? 'names a zone (%), which captures do not hold: give the address alone' : null;
}

function parseJobs(value: string): number {
  const jobs = Number(value);
  if (!/^\d+$/.test(value) || jobs < 1 || jobs > MOST_SHARES) {
    throw new InvalidArgumentError(`'${value}' is not a number of threads (1 to ${MOST_SHARES}).`);
  }
  return jobs;
}

function collectPorts(value: string, previous: readonly number[] = []): readonly number[] {
  return [
    ...previous,
    ...value.split(',').map((word) => {
      const port = Number(word);
      if (!/^\d+$/.test(word) || port < 1 || port > 65_535) {
        throw new InvalidArgumentError(`'${word}' is not a port (1 to 65535).`);
      }
      return port;
    }),
  ];
}
