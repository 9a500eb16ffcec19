// What supervisor and worker tell each other.
import type { Failure } from './check.ts';
import type { Kind } from './inputs.ts';

/** To the worker. */
export type Task =
  | { readonly do: 'run'; readonly seed: number; readonly first: number; readonly step: number }
  /** Checks files that lie in a folder; answers with `checked`. */
  | { readonly do: 'check'; readonly paths: readonly string[]; readonly wellFormed: boolean };

/** From the worker. */
export type Message =
  | { readonly said: 'ready' }
  | { readonly said: 'begins'; readonly index: number }
  | { readonly said: 'ended'; readonly index: number; readonly facts: Facts; readonly failures: readonly Failure[] }
  | { readonly said: 'checked'; readonly failures: readonly Failure[] };

/** What an input brought about. */
export interface Facts {
  readonly kind: Kind;
  readonly name: string;
  readonly bytes: number;
  readonly frames: number;
  readonly exchanges: number;
  readonly refused: boolean;
  readonly findings: Readonly<Record<'error' | 'warning' | 'info', number>>;
  /** What was met: rules, kinds of problems, protocols, ways to close. */
  readonly met: readonly string[];
}
