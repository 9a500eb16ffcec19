// Which format goes where: `--format NAME`, `-o FILE` and `-o FORMAT=FILE`.
//
//   -f json                         json to standard output
//   -f json -o report.json          json to the file, nothing to standard output
//   -o sarif=a.sarif -o junit=b.xml both files, and the text as ever to standard output
//   -o sarif=-                      sarif to standard output
//
// What stands before the first "=" is always a format, so that a misspelt one is an error and not the name of a file.
// A file whose name has a "=" is written with its folder: -o ./a=b.
import { FORMATS, type FormatEntry } from '../report/formats.ts';
import { WrongCallError } from './exit-codes.ts';
import { nearest } from './nearest.ts';

export interface Output {
  /** Name of the format. */
  readonly format: string;
  /** '-' is standard output. */
  readonly path: string;
}

/** What the user asks for. Exactly one output or none goes to standard output. */
export function outputsOf(options: {
  readonly format?: string;
  readonly output?: readonly string[];
}): readonly Output[] {
  const main = options.format ?? 'text';
  const outputs = (options.output ?? []).map((words) => outputOf(words, main));
  const plain = outputs.filter((_, index) => !FORMAT_AND_FILE.test(options.output![index]!));
  if (plain.length > 1) {
    throw new WrongCallError(`-o ${plain[1]!.path}: a second file needs its format (-o ${main}=${plain[1]!.path})`);
  }
  const toStandardOutput = outputs.filter(({ path }) => path === '-');
  const isMainElsewhere = plain.length > 0 || (toStandardOutput.length > 0 && options.format === undefined);
  if (toStandardOutput.length > 1 || (toStandardOutput.length > 0 && !isMainElsewhere)) {
    throw new WrongCallError('standard output (-) takes only one report');
  }
  return isMainElsewhere ? outputs : [...outputs, { format: main, path: '-' }];
}

export function formatNamed(name: string): FormatEntry {
  return FORMATS.find((format) => format.name === name)!;
}

const FORMAT_AND_FILE = /^([a-z0-9_-]+)=(.*)$/is;

function outputOf(words: string, main: string): Output {
  if (words === '') throw new WrongCallError('-o needs the name of a file');
  const match = FORMAT_AND_FILE.exec(words);
  if (match === null) return { format: main, path: words };
  const [, format, path] = match as unknown as [string, string, string];
  const names = FORMATS.map(({ name }) => name);
  if (!names.includes(format)) {
    const meant = nearest(format, names);
    const hint = meant === undefined ? `formats are ${names.join(', ')}` : `did you mean ${meant}?`;
    throw new WrongCallError(`-o ${words}: unknown format '${format}' (${hint}; a file of that name is ./${words})`);
  }
  if (path === '') throw new WrongCallError(`-o ${words}: needs the name of a file`);
  return { format, path };
}
