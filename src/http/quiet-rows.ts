// The methods and framings of rows, by their numbers: see quiet-layout.ts.
import type { Framing } from './exchange.ts';

export const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'] as const;
export const FRAMINGS: readonly Framing[] = ['none', 'content-length', 'chunked', 'close-delimited'];
