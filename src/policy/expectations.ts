// CHECKS what a policy expects of servers against what was inferred of them. An interval violates an expectation only
// when all of it lies on the wrong side, or a close was seen on the wrong side: what is merely unknown violates nothing,
// and is told as such.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import type { ExpectationResult, ExpectationState } from '../report/gate.ts';
import { grouped, plural } from '../report/layout.ts';
import type { Estimate, Report, ServerReport } from '../report/report.ts';
import { aliasFinder } from './adjust-report.ts';
import type { Limit } from './limits.ts';
import type { Expectation, Policy, ServerPolicy } from './policy.ts';

/** Clocks differ, and a timer may strike a little early: a time that is so close to the bound (a share of it, or
 * seconds) does not break it. */
const TOLERANCE_SHARE = 0.01;
const LEAST_TOLERANCE = 0.05;

export function checkExpectations(report: Report, policy: Policy): ExpectationResult[] {
  const nameOf = aliasFinder(policy);
  return policy.servers.flatMap((part) => {
    const servers = report.servers.filter(({ server }) => part.pattern.matches(server, nameOf(server)));
    return part.expectations.flatMap((expectation) => checkOne(expectation, part, servers, policy));
  });
}

function checkOne(
  expectation: Expectation,
  { pattern }: ServerPolicy,
  servers: readonly ServerReport[],
  policy: Policy,
): ExpectationResult[] {
  const { limit } = expectation;
  const result = (server: string, state: ExpectationState, seen: string): ExpectationResult => ({
    server,
    expected: `${limit.words} ${boundsText(expectation)}`,
    seen,
    state,
    fails:
      state === 'violated' ||
      (state === 'not-observed' && (expectation.ifNotObserved ?? policy.ifNotObserved) === 'fail'),
    source: expectation.source,
  });
  if (limit.count !== undefined) {
    const count = servers.reduce((sum, server) => sum + limit.count!(server), 0);
    const { atLeast = 0, atMost = Infinity } = expectation;
    return [result(pattern.text, count < atLeast || count > atMost ? 'violated' : 'met', grouped(count))];
  }
  if (servers.length === 0) return [result(pattern.text, 'not-observed', 'no such server in the capture')];
  return servers.map((server) => {
    const { state, seen } = checkServer(expectation, limit.estimates!(server));
    return result(server.server, state, seen);
  });
}

/** The graver a state, the later; what breaks an expectation is told in place of what does not. */
const GRAVITY: readonly ExpectationState[] = ['not-observed', 'met', 'undecided', 'violated'];

function checkServer(
  expectation: Expectation,
  estimates: ReturnType<NonNullable<Limit['estimates']>>,
): { state: ExpectationState; seen: string } {
  let gravest: { state: ExpectationState; seen: string } = { state: 'not-observed', seen: 'nothing that would tell' };
  let others = 0;
  for (const { of, estimate } of estimates) {
    if (estimate === null) continue;
    const state = stateOf(expectation, estimate);
    if (gravest.state === 'violated' && state === 'violated') others++;
    if (GRAVITY.indexOf(state) <= GRAVITY.indexOf(gravest.state)) continue;
    gravest = { state, seen: `${of === '' ? '' : `${of}: `}${estimateText(estimate, expectation.limit)}` };
  }
  return others === 0 ? gravest : { ...gravest, seen: `${gravest.seen}, and ${plural(others, 'further client')}` };
}

function stateOf({ limit, atLeast, atMost }: Expectation, estimate: Estimate): ExpectationState {
  const { low, high, earliest, others } = estimate;
  const slack = (bound: number) => (limit.unit === 'seconds' ? Math.max(bound * TOLERANCE_SHARE, LEAST_TOLERANCE) : 0);
  let isMet = true;
  if (atLeast !== undefined) {
    const bound = atLeast - slack(atLeast);
    if (high < bound || earliest < bound) return 'violated';
    isMet &&= low >= bound;
  }
  if (atMost !== undefined) {
    const bound = atMost + slack(atMost);
    if (low > bound || others.some((other) => other.value > bound)) return 'violated';
    isMet &&= high <= bound;
  }
  return isMet ? 'met' : 'undecided';
}

function boundsText({ limit: { unit }, atLeast, atMost }: Expectation): string {
  const text = (value: number) => (unit === 'seconds' ? `${value} s` : `${value}`);
  if (atLeast !== undefined && atMost !== undefined) return `from ${text(atLeast)} to ${text(atMost)}`;
  return atLeast !== undefined ? `at least ${text(atLeast)}` : `at most ${text(atMost!)}`;
}

function estimateText({ value, low, high, observed, others }: Estimate, { unit }: Limit): string {
  const text = (number: number) => (unit === 'seconds' ? durationText(number * SECOND) : grouped(number));
  const interval = !Number.isFinite(high)
    ? `, more than ${text(low)}`
    : text(low) === text(high)
      ? ''
      : `, between ${text(low)} and ${text(high)}`;
  const further = others.length === 0 ? '' : `, others after ${others.map((other) => text(other.value)).join(', ')}`;
  return `about ${text(value)}${interval}${further} (${plural(observed, 'close')})`;
}
