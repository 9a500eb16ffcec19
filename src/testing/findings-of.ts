// What the whole program says about a conversation: for the tests of rules.
import type { Finding } from '../rules/finding.ts';
import { analyzeBytes } from './analyze-file.ts';
import { captureOf } from './conversation.ts';

/** The findings of a conversation script, or of a capture that was made of one. */
export async function findingsOf(conversation: string | Buffer): Promise<readonly Finding[]> {
  const capture = typeof conversation === 'string' ? captureOf(conversation) : conversation;
  return (await analyzeBytes(capture)).findings;
}

/** Every rule that holds in the conversation, as the name of a finding or beside it. */
export async function rulesIn(conversation: string | Buffer): Promise<readonly string[]> {
  const findings = await findingsOf(conversation);
  return findings.flatMap(({ rule, also }) => [rule, ...also.map((other) => other.rule)]);
}

/** What a rule decides about an incident, short enough to compare at a glance. */
export function verdictOf(finding: Finding | undefined) {
  if (finding === undefined) return 'nothing found';
  const { rule, severity, confidence, executed, delivered, lostRequests, also, evidence } = finding;
  return {
    rule,
    verdict: `${severity}, ${confidence}`,
    executed,
    delivered,
    lostRequests,
    also: also.map((other) => `${other.rule} (${other.severity})`),
    evidence: evidence.map(({ frame, role }) => `${frame} ${role}`),
  };
}

/** The verdict on the conversation's only finding. */
export async function verdictOn(conversation: string | Buffer) {
  const findings = await findingsOf(conversation);
  return findings.length > 1 ? findings.map(({ rule }) => rule) : verdictOf(findings[0]);
}

/** Its frames in another order, counted from 1 as in the script; a frame may be left out, or come twice. */
export function framesOf(script: string, order: readonly number[]): Buffer {
  const capture = captureOf(script);
  const records: Buffer[] = [];
  for (let offset = 24; offset < capture.length; ) {
    const end = offset + 16 + capture.readUInt32LE(offset + 8);
    records.push(capture.subarray(offset, end));
    offset = end;
  }
  return Buffer.concat([capture.subarray(0, 24), ...order.map((frame) => records[frame - 1]!)]);
}

/** Every frame twice, as `-i any` shows them. */
export function everyFrameTwice(script: string): Buffer {
  return framesOf(
    script,
    frameNumbersOf(script).flatMap((frame) => [frame, frame]),
  );
}

/** The same conversation at another time, behind another one: other frames, client ports and sequence numbers. */
export function elsewhere(script: string): string {
  const later = script.replace(/^\s*\d+(?:\.\d+)?/gm, (time) => (Number(time) + 77.7).toFixed(6));
  return `
0.000  C99 SYN
0.010  S99 SYN-ACK
0.020  C99 GET /elsewhere
0.030  S99 200 length=5
0.040  C99 FIN
0.050  S99 FIN
0.060  C99 ACK
${later}`;
}

/** The lines that become frames. */
/** The numbers of a script's frames, from 1 on. */
export function frameNumbersOf(script: string): number[] {
  return linesOf(script).map((_, index) => index + 1);
}

function linesOf(script: string): string[] {
  return script.split('\n').filter((line) => /^\s*\d/.test(line) && !/ lost\b/.test(line));
}
