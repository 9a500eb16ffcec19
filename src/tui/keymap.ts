// Which key does what, and where. The one table that the program obeys, the help is drawn from and the footer takes its
// words of. The first entry that fits counts.

/** `unseen`: the terminal is too small to show anything. */
export type Place = 'list' | 'page' | 'connection' | 'server' | 'ladder' | 'help' | 'unseen';

export type Command =
  | 'down'
  | 'up'
  | 'half-down'
  | 'half-up'
  | 'page-down'
  | 'page-up'
  | 'top'
  | 'bottom'
  | 'open'
  | 'back'
  | 'quit'
  | 'quit-now'
  | 'interrupt'
  | 'findings'
  | 'connections'
  | 'servers'
  | 'exchanges'
  | 'next-view'
  | 'previous-view'
  | 'filter'
  | 'next-match'
  | 'previous-match'
  | 'command'
  | 'sort'
  | 'reverse'
  | 'ladder'
  | 'toggle-all'
  | 'next-evidence'
  | 'copy'
  | 'export'
  | 'mark'
  | 'jump'
  | 'follow'
  | 'zoom'
  | 'layout'
  | 'grow'
  | 'shrink'
  | 'detail-down'
  | 'detail-up'
  | 'help'
  | 'redraw'
  | 'suspend'
  | 'none';

export interface Binding {
  readonly keys: readonly string[];
  readonly command: Command;
  readonly about: string;
  /** Where it works; empty: everywhere. */
  readonly places: readonly Place[];
  /** The word in the footer, in the places where it is worth one. */
  readonly footer?: string;
}

const LISTS: readonly Place[] = ['list', 'connection', 'server'];

export const KEYMAP: readonly Binding[] = [
  // Of one place.
  {
    keys: ['v'],
    command: 'toggle-all',
    about: 'every segment, or only what matters',
    places: ['ladder'],
    footer: 'all or brief',
  },
  {
    keys: ['tab', 'n'],
    command: 'next-evidence',
    about: 'next evidence',
    places: ['ladder'],
    footer: 'next evidence',
  },
  { keys: ['S'], command: 'reverse', about: 'reverse the order', places: ['list'] },
  { keys: ['J'], command: 'detail-down', about: 'scroll the detail pane down', places: ['list'] },
  { keys: ['K'], command: 'detail-up', about: 'scroll the detail pane up', places: ['list'] },
  { keys: ['\\'], command: 'zoom', about: 'detail pane on or off', places: ['list'] },
  { keys: ['|'], command: 'layout', about: 'detail below, at the side, or by width', places: ['list'] },
  { keys: ['+', '='], command: 'grow', about: 'larger list', places: ['list'] },
  { keys: ['-'], command: 'shrink', about: 'smaller list', places: ['list'] },
  { keys: ['m'], command: 'mark', about: 'mark the row, or take the mark away', places: ['list'] },
  { keys: ["'"], command: 'jump', about: 'go to the next marked row', places: ['list'] },
  { keys: ['F'], command: 'follow', about: 'stay at the newest row', places: ['list'] },
  { keys: ['n'], command: 'next-match', about: 'next row that the last filter finds', places: ['list'] },
  { keys: ['N'], command: 'previous-match', about: 'previous row that the last filter finds', places: ['list'] },
  // Everywhere.
  { keys: ['enter', 'right', 'l'], command: 'open', about: 'open what is selected', places: [], footer: 'open' },
  {
    keys: ['escape', 'left', 'h', 'backspace'],
    command: 'back',
    about: 'go back; in a list: stop reading, then take the filter away; never quits',
    places: [],
    footer: 'back',
  },
  { keys: ['j', 'down'], command: 'down', about: 'down', places: [] },
  { keys: ['k', 'up'], command: 'up', about: 'up', places: [] },
  { keys: ['ctrl-d'], command: 'half-down', about: 'half a page down', places: [] },
  { keys: ['ctrl-u'], command: 'half-up', about: 'half a page up', places: [] },
  { keys: ['pagedown', ' ', 'ctrl-f'], command: 'page-down', about: 'a page down', places: [] },
  { keys: ['pageup', 'ctrl-b'], command: 'page-up', about: 'a page up', places: [] },
  { keys: ['g', 'home'], command: 'top', about: 'first row', places: [] },
  { keys: ['G', 'end'], command: 'bottom', about: 'last row', places: [] },
  { keys: ['1'], command: 'findings', about: 'findings', places: [] },
  { keys: ['2'], command: 'connections', about: 'connections', places: [] },
  { keys: ['3'], command: 'servers', about: 'servers', places: [] },
  { keys: ['4'], command: 'exchanges', about: 'exchanges', places: [] },
  { keys: ['tab'], command: 'next-view', about: 'next view', places: [] },
  { keys: ['shift-tab'], command: 'previous-view', about: 'previous view', places: [] },
  {
    keys: ['/'],
    command: 'filter',
    about: "filter (Wireshark's grammar), or a word to search for",
    places: LISTS,
    footer: 'filter',
  },
  { keys: ['L'], command: 'ladder', about: 'ladder: the segments of the connection', places: [], footer: 'ladder' },
  { keys: ['y'], command: 'copy', about: "copy Wireshark's display filter for it", places: [], footer: 'copy filter' },
  { keys: [':'], command: 'command', about: 'command: :sort idle, :goto 1234, :export F, :q', places: [] },
  { keys: ['?'], command: 'help', about: 'this help', places: [], footer: 'help' },
  { keys: ['q'], command: 'quit', about: 'back; in a list: quit', places: [], footer: 'quit' },
  { keys: ['s'], command: 'sort', about: 'sort by the next column', places: ['list'], footer: 'sort' },
  {
    keys: ['e'],
    command: 'export',
    about: 'export the connection with comments, for Wireshark',
    places: [],
    footer: 'export',
  },
  { keys: ['Q'], command: 'quit-now', about: 'quit', places: [] },
  { keys: ['ctrl-c'], command: 'interrupt', about: 'quit at once', places: [] },
  { keys: ['ctrl-l'], command: 'redraw', about: 'draw the screen anew', places: [] },
  { keys: ['ctrl-z'], command: 'suspend', about: 'to the shell; fg comes back', places: [] },
];

/** What `key` does in `place`. */
export function commandFor(key: string, place: Place): Command {
  return bindingsOf(place).find(({ keys }) => keys.includes(key))?.command ?? 'none';
}

/** Places where not all works that works everywhere. */
const ALWAYS: readonly Command[] = ['quit-now', 'interrupt', 'redraw', 'suspend'];
const ONLY: Readonly<Partial<Record<Place, readonly Command[]>>> = {
  unseen: ALWAYS,
  help: [
    ...ALWAYS,
    ...(['down', 'up', 'half-down', 'half-up', 'page-down', 'page-up', 'top', 'bottom'] as const),
    ...(['back', 'quit', 'help'] as const),
  ],
};

/** What works in `place`: what is special there first. */
export function bindingsOf(place: Place): Binding[] {
  const only = ONLY[place];
  return KEYMAP.filter(
    ({ places, command }) =>
      (places.length === 0 || places.includes(place)) && (only === undefined || only.includes(command)),
  );
}

/** Words for keys that have no letter. */
const NAMES: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Esc',
  ' ': 'Space',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  home: 'Home',
  end: 'End',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  backspace: 'Backspace',
};

export function keyName(key: string): string {
  return NAMES[key] ?? key.replace(/^ctrl-/, '^').replace(/^\^(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`);
}
