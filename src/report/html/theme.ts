// The colours, as a table, so that a test can hold their contrast. Names say what a colour is for.
export type Theme = Readonly<Record<(typeof NAMES)[number], string>>;

const NAMES = [
  'page',
  'panel',
  'text',
  'muted',
  'line',
  'link',
  'error',
  'warning',
  'info',
  'good',
  'mark',
  'reuse',
  'close',
  'bar',
  'band',
] as const;

export const LIGHT: Theme = {
  page: '#ffffff',
  panel: '#f5f7f9',
  text: '#1a1f26',
  muted: '#55606d',
  line: '#d3dae2',
  link: '#0b55c4',
  error: '#b3201c',
  warning: '#855000',
  info: '#0b5c8f',
  good: '#19692f',
  // Behind evidence.
  mark: '#fff3d1',
  // Bars of a plot: idle times that a request ended; exchanges.
  reuse: '#4a7fb5',
  // Idle times that a close ended; the limit, which is drawn over them, is an error's colour.
  close: '#d98480',
  bar: '#4a7fb5',
  band: '#f2d5d3',
};

export const DARK: Theme = {
  page: '#14171c',
  panel: '#1c2128',
  text: '#e4e8ed',
  muted: '#a5afbb',
  line: '#39424e',
  link: '#8ab6ff',
  error: '#ff8f87',
  warning: '#f0c062',
  info: '#7cc4f4',
  good: '#7fd897',
  mark: '#3a3014',
  reuse: '#6ea3d9',
  close: '#a8504a',
  bar: '#6ea3d9',
  band: '#4d2626',
};

/** Text and what it stands on, which must be told apart with ease (WCAG 2 AA: 4.5), and what is drawn (3). */
export const READ: readonly (readonly [keyof Theme, keyof Theme])[] = [
  ...(['text', 'muted', 'link', 'error', 'warning', 'info', 'good'] as const).flatMap((front) => [
    [front, 'page'] as const,
    [front, 'panel'] as const,
  ]),
  ...(['text', 'muted', 'error', 'link'] as const).map((front) => [front, 'mark'] as const),
  ['text', 'band'],
];
export const SEEN: readonly (readonly [keyof Theme, keyof Theme])[] = [
  ['reuse', 'page'],
  ['bar', 'page'],
  ['error', 'band'],
];

export function variables(theme: Theme): string {
  return NAMES.map((name) => `--${name}:${theme[name]}`).join(';');
}
