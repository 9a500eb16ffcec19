// All output formats, ready to be written.
import type { Format } from '../report/format.ts';
import { FORMATS } from '../report/formats.ts';

/** By their names. */
export const LOADED_FORMATS: ReadonlyMap<string, Format> = new Map(
  await Promise.all(FORMATS.map(async ({ name, load }) => [name, await load()] as const)),
);
