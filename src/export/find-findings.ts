import type { Finding } from '../rules/finding.ts';

export type FoundFindings =
  | { readonly kind: 'found'; readonly findings: readonly Finding[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] };

/**
 * The finding with the id `name`, or with one that begins so; or all findings with such a fingerprint, for they are the
 * same problem.
 */
export function findingsCalled(name: string, findings: readonly Finding[]): FoundFindings {
  const lower = name.toLowerCase();
  const exact = findings.filter(({ id }) => id === lower);
  if (exact.length > 0) return { kind: 'found', findings: exact };
  const begun = findings.filter(({ id, fingerprint }) => id.startsWith(lower) || fingerprint.startsWith(lower));
  if (begun.length === 0 || lower === '') return { kind: 'none' };
  const [{ fingerprint }] = begun as [Finding];
  const isOneProblem = fingerprint.startsWith(lower) && begun.every((finding) => finding.fingerprint === fingerprint);
  if (begun.length === 1 || isOneProblem) return { kind: 'found', findings: begun };
  return { kind: 'ambiguous', ids: begun.map(({ id }) => id) };
}

/** All frames that findings speak of: their connections belong to what happened. */
export function framesOf(findings: readonly Finding[]): number[] {
  return findings.flatMap(({ frame, evidence, retry, downstream }) => [
    frame,
    ...evidence.map((one) => one.frame),
    ...(retry === null ? [] : [retry.frame]),
    ...downstream.map((one) => one.frame),
  ]);
}
