// The table of kinds of inputs. An input depends on the run's seed, its own index, and the corpus; on nothing else.
import { pick, type Random, randomOf } from './chance.ts';
import type { CorpusFile } from './corpus.ts';
import { generatedHttp } from './generate-http.ts';
import { generatedSegments } from './generate-segments.ts';
import { mutatedCapture } from './mutate-capture.ts';

export const KINDS = ['capture', 'segments', 'http'] as const;
export type Kind = (typeof KINDS)[number];

export interface Input {
  readonly kind: Kind;
  /** What was done, for people. */
  readonly name: string;
  /** Captures that are read as one timeline. */
  readonly files: readonly Buffer[];
  /** Nothing in it leaves a reader a choice, so that cutting its segments anywhere may change nothing. */
  readonly wellFormed?: boolean;
}

const MAKERS: Readonly<Record<Kind, (random: Random, corpus: readonly CorpusFile[]) => Omit<Input, 'kind'>>> = {
  capture: mutatedCapture,
  segments: generatedSegments,
  http: generatedHttp,
};

export function inputOf(seed: number, index: number, corpus: readonly CorpusFile[]): Input {
  const random = randomOf(seed, index);
  const kind = pick(KINDS, random);
  return { kind, ...MAKERS[kind](random, corpus) };
}
