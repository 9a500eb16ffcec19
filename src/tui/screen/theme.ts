// Colours by what they mean. The default takes the sixteen colours of the user's own palette; no meaning rests on a
// colour alone.
import type { Severity } from '../../rules/finding.ts';

export const THEMES = ['auto', 'dark', 'light', 'mono'] as const;
export type ThemeName = (typeof THEMES)[number];

export type Style =
  | 'plain'
  | 'bold'
  | 'dim'
  | Severity
  | 'good'
  | 'title'
  | 'client'
  | 'server'
  | 'evidence'
  | 'selected'
  | 'bar';

export type Theme = Readonly<Record<Style, string>>;

const MONO: Theme = {
  plain: '',
  bold: '1',
  dim: '2',
  error: '1',
  warning: '1',
  info: '',
  good: '',
  title: '1',
  client: '',
  server: '',
  evidence: '1',
  selected: '7',
  bar: '7',
};

const AUTO: Theme = {
  ...MONO,
  error: '1;31',
  warning: '33',
  info: '34',
  good: '32',
  title: '1;36',
  client: '36',
  server: '35',
  evidence: '1;33',
};

/** Bright colours on black, dark ones on white; dim text is grey, where the palette's dim can hardly be read. */
const DARK: Theme = {
  ...AUTO,
  dim: '90',
  error: '1;91',
  warning: '93',
  info: '94',
  good: '92',
  title: '1;96',
  client: '96',
  server: '95',
  evidence: '1;93',
};
const LIGHT: Theme = {
  ...AUTO,
  dim: '90',
  warning: '1;35',
  evidence: '1;35',
  client: '34',
  server: '32',
  title: '1;34',
};

/** Without colour only what the terminal can do to any text is left. */
export function themeOf(name: ThemeName, hasColor: boolean): Theme {
  if (!hasColor) return MONO;
  return { auto: AUTO, dark: DARK, light: LIGHT, mono: MONO }[name];
}
