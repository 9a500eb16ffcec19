// The help: the keys of this place first, then those that work everywhere, then the fields of filters. Drawn from the
// tables that the program obeys.
import { FIELDS } from '../filter/fields.ts';
import { type Binding, bindingsOf, KEYMAP, keyName, type Place } from '../keymap.ts';
import { EMPTY, type Line, line } from '../screen/line.ts';
import { padded } from '../screen/width.ts';
import { heading, prose } from './prose.ts';

const KEYS_WIDTH = 22;
const FIELD_WIDTH = 24;

const PLACES: Readonly<Record<Place, string>> = {
  list: 'in a list',
  page: 'on this page',
  connection: 'on a connection',
  server: 'on a server',
  ladder: 'in the ladder',
  help: 'in the help',
  unseen: '',
};

export function helpLines(place: Place, width: number): Line[] {
  const here = bindingsOf(place).filter(({ places }) => places.length > 0);
  const everywhere = KEYMAP.filter(({ places }) => places.length === 0);
  const keys = ({ keys, about }: Binding) => entry(keys.map(keyName).join(' '), KEYS_WIDTH, about, width);
  const text = (words: string) => prose(words, width, '  ');
  return [
    ...(here.length === 0 ? [] : [line([`Keys ${PLACES[place]}`, 'title']), ...here.flatMap(keys), EMPTY]),
    line(['Keys everywhere', 'title']),
    ...everywhere.flatMap(keys),
    ...heading('The mouse'),
    ...text('click selects, a second click opens; the wheel scrolls; with Shift the terminal selects text'),
    ...heading('Filters'),
    ...text("Wireshark's grammar: == != > < >= <= contains ~ in {80, 8000..8999} && || ! ( )"),
    ...EXAMPLES.flatMap((filter) => text(filter)),
    ...text('A regular expression (~) neither looks around nor refers back to a group.'),
    ...text('A word that is no field is searched for in what is shown: api  10.0.0.7  :8080'),
    ...text('A field holds for a row when one of its values does: of a connection those of all of its exchanges.'),
    EMPTY,
    ...FIELDS.flatMap(({ name, about }) => entry(name, FIELD_WIDTH, about, width)),
    ...heading('Commands'),
    ...COMMANDS.flatMap(([command, about]) => entry(command, FIELD_WIDTH, about, width)),
  ];
}

/** What could not be read, in full: behind the help. */
export function problemLines(problems: readonly string[], width: number): Line[] {
  if (problems.length === 0) return [];
  return [...heading('Problems of the captures'), ...problems.flatMap((problem) => prose(`- ${problem}`, width, '  '))];
}

const EXAMPLES = [
  'tcp.stream eq 7',
  'http.response.code >= 500',
  'ip.addr == 10.0.0.0/8',
  'finrace.idle > 5',
  'finrace.severity >= warning',
  'http.request.uri contains "/api"',
] as const;

const COMMANDS = [
  [':sort COLUMN', 'sort the list by a column'],
  [':goto N, :N', 'go to a stream (connections), a frame (exchanges, ladder) or a row'],
  [':filter F', 'set the filter; without F take it away'],
  [':export FILE', 'write the connection to a capture file, with comments'],
  [':export all FILE', 'write everything that was read, with comments'],
  [':help, :q', 'this help, quit'],
] as const;

/** A name, and what it is about beside it. */
function entry(name: string, nameWidth: number, about: string, width: number): Line[] {
  const [first, ...others] = prose(about, width - nameWidth - 2);
  const indent = ' '.repeat(nameWidth + 2);
  return [
    { spans: [['  ', 'plain'], [padded(name, nameWidth), 'bold'], ...first!.spans] },
    ...others.map(({ spans }) => ({ spans: [[indent, 'plain'] as const, ...spans] })),
  ];
}
