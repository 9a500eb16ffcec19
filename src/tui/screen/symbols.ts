// Signs of lines and plots, for terminals and fonts that have them and for those that do not.

export const SYMBOL_SETS = ['braille', 'block', 'ascii'] as const;
export type SymbolSet = (typeof SYMBOL_SETS)[number];

export interface Symbols {
  readonly set: SymbolSet;
  readonly horizontal: string;
  readonly vertical: string;
  readonly right: string;
  readonly left: string;
  readonly marker: string;
  readonly ellipsis: string;
}

const DRAWN = { horizontal: '─', vertical: '│', right: '▶', left: '◀', marker: '▲', ellipsis: '…' } as const;

export const SYMBOLS: Readonly<Record<SymbolSet, Symbols>> = {
  braille: { set: 'braille', ...DRAWN },
  block: { set: 'block', ...DRAWN },
  ascii: { set: 'ascii', horizontal: '-', vertical: '|', right: '>', left: '<', marker: '^', ellipsis: '~' },
};
