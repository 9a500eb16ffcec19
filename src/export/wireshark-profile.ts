// A Wireshark profile that shows the comments of an annotated capture: coloured rows, a column, buttons for filters.
//
// The formats are those that Wireshark writes itself into a profile's folder. A profile replaces the colouring rules
// of the default one, so the few that matter for connections follow behind those for findings.
import { SEVERITIES, type Severity } from '../rules/finding.ts';
import { FINDINGS_FILTER, severityFilter } from './comments.ts';

/** The folder's name, which is the profile's. */
export const PROFILE_NAME = 'finrace';

interface Rule {
  readonly name: string;
  readonly filter: string;
  /** Red, green and blue, 0 to 255. */
  readonly background: readonly [number, number, number];
  readonly foreground: readonly [number, number, number];
}

const COLORS: Readonly<Record<Severity, Pick<Rule, 'background' | 'foreground'>>> = {
  error: { background: [255, 205, 205], foreground: [120, 0, 0] },
  warning: { background: [255, 240, 185], foreground: [90, 60, 0] },
  info: { background: [210, 228, 255], foreground: [0, 40, 100] },
};

/** The first one that fits counts. */
const RULES: readonly Rule[] = [
  ...[...SEVERITIES]
    .reverse()
    .map((severity) => ({ name: `finrace ${severity}`, filter: severityFilter(severity), ...COLORS[severity] })),
  { name: 'TCP reset', filter: 'tcp.flags.reset == 1', background: [150, 20, 20], foreground: [255, 250, 200] },
  { name: 'TCP close', filter: 'tcp.flags.fin == 1', background: [190, 190, 190], foreground: [20, 30, 35] },
  { name: 'TCP open', filter: 'tcp.flags.syn == 1', background: [220, 220, 220], foreground: [20, 30, 35] },
  {
    name: 'TCP keep-alive probe',
    filter: 'tcp.analysis.keep_alive || tcp.analysis.keep_alive_ack',
    background: [240, 235, 250],
    foreground: [70, 60, 100],
  },
  {
    name: 'TCP trouble',
    filter: 'tcp.analysis.flags && !tcp.analysis.window_update',
    background: [40, 40, 45],
    foreground: [250, 130, 130],
  },
  { name: 'HTTP', filter: 'http', background: [230, 250, 215], foreground: [20, 40, 20] },
];

/**
 * Title, the format as `tshark -G column-formats` has it (%Cus is a field of its own: all occurrences, resolved), and
 * the width in pixels.
 */
const COLUMNS: readonly (readonly [string, string, number])[] = [
  ['No.', '%m', 60],
  ['Time', '%t', 100],
  ['Stream', '%Cus:tcp.stream:0:R', 60],
  ['Source', '%s', 140],
  ['Destination', '%d', 140],
  ['Protocol', '%p', 60],
  ['finrace', '%Cus:frame.comment:0:R', 440],
  ['Info', '%i', 360],
  ['Seq', '%Cus:tcp.seq:0:R', 70],
  ['Ack', '%Cus:tcp.ack:0:R', 70],
  ['Len', '%Cus:tcp.len:0:R', 60],
  ['Since previous', '%Cus:tcp.time_delta:0:R', 110],
];

const BUTTONS: readonly { readonly label: string; readonly filter: string; readonly comment: string }[] = [
  { label: 'finrace findings', filter: FINDINGS_FILTER, comment: 'frames that are evidence' },
  { label: 'finrace errors', filter: severityFilter('error'), comment: 'evidence that something was lost' },
  { label: 'closes', filter: 'tcp.flags.fin == 1 || tcp.flags.reset == 1', comment: 'every FIN and RST' },
];

/** The profile's files by their names. */
export function profileFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['preferences', preferences()],
    ['colorfilters', lines(RULES.map(colorRule))],
    ['dfilter_buttons', lines(BUTTONS.map(({ label, filter, comment }) => row('TRUE', label, filter, comment)))],
  ]);
}

/**
 * Files for the beginning, which Wireshark writes anew whenever it ends: how wide the columns are. It leaves out what
 * says which occurrence of a field is shown.
 */
export function initialFiles(): ReadonlyMap<string, string> {
  const widths = COLUMNS.map(([, format, width]) => `\t"${format.replace(/:0:R$/, '')}", "${width}"`);
  return new Map([['recent', lines([`column.width: \n${widths.join(',\n')}`])]]);
}

function preferences(): string {
  const columns = COLUMNS.map(([title, format]) => `\t"${title}", "${format}"`).join(',\n');
  return lines([
    `gui.column.format: \n${columns}`,
    // The time since the previous frame of the connection, for the column; and order as the sender had it.
    'tcp.calculate_timestamps: TRUE',
    'tcp.relative_sequence_numbers: TRUE',
    'tcp.reassemble_out_of_order: TRUE',
  ]);
}

function colorRule({ name, filter, background, foreground }: Rule): string {
  return `@${name}@${filter}@[${background.map(to16Bits).join(',')}][${foreground.map(to16Bits).join(',')}]`;
}

function to16Bits(eightBits: number): number {
  return eightBits * 257;
}

/** A line of the tables that Wireshark calls UAT: quoted fields, a quote in them behind a backslash. */
function row(...fields: readonly string[]): string {
  return fields.map((field) => `"${field.replace(/["\\]/g, '\\$&')}"`).join(',');
}

function lines(rows: readonly string[]): string {
  return `# Written by finrace for captures from "finrace annotate".\n${rows.join('\n')}\n`;
}
