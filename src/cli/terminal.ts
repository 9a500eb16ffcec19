// Colour and width, decided in one place.
import type { OutputStream, World } from './world.ts';

export const COLOR_CHOICES = ['auto', 'always', 'never'] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/** Where nothing tells the width. */
const DEFAULT_WIDTH = 80;

/**
 * Whether `stream` gets colour. What was asked for on the command line counts most, then FORCE_COLOR, then NO_COLOR
 * (https://no-color.org; the order is that of Node.js), then what the terminal can do. `stream` is null for a file.
 */
export function wantsColor(choice: ColorChoice, env: World['env'], stream: OutputStream | null): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (stream === null) return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Columns to write for. COLUMNS lets a script choose where there is no terminal. */
export function widthOf(stream: OutputStream, env: World['env']): number {
  if (stream.isTTY && stream.columns) return stream.columns;
  const columns = Number(env.COLUMNS);
  return Number.isInteger(columns) && columns > 0 ? columns : DEFAULT_WIDTH;
}
