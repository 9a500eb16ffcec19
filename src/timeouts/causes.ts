// Tells a timer's closes from others.
//
// A server that closes idle connections has one of a few reasons, and each leaves another trace over several closes:
// an idle timer closes after the same idle time, a maximum age at the same age, and an event (a restart, a reload, a
// program that quits) in one moment. So the closes are measured thrice, and what agrees best is the reason. Where two
// agree equally well the idle timer is taken: a connection that is used once has the same idle time as age.
//
// Several closes in one moment may also be the work of one coarse timer, which looks once a second and then closes all
// that have expired: their idle times lie within that second, and so do those of other moments.
import { MILLISECOND, SECOND } from '../base/timeline.ts';
import type { Close } from './sample.ts';

/** What the closes have in common, and those that do. */
export interface Explained {
  readonly cause: 'idle' | 'age' | 'event';
  readonly closes: readonly Close[];
}

/** Closes within this time (ns) are one moment. */
const ONE_MOMENT = 20 * MILLISECOND;
/** A whole set of closes in one moment: a program that quits takes a while to close them all. */
const ONE_EVENT = 50 * MILLISECOND;
/** Idle times that differ by less than this share, or this time (ns), are the same. */
const SAME_SHARE = 0.05;
const SAME_TIME = 20 * MILLISECOND;
/** Another measure explains the closes better when it spreads over less than this share of the idle times' spread. */
const CLEARLY = 0.25;
/** Ages and idle times spread by chance; from this many closes on, ages that agree agree for a reason. */
const LEAST_AGES = 3;
/** From so many closes in one moment on, and where so many of them agree, they are a timer's. */
const LEAST_AGREEING = 8;
const AGREEING_SHARE = 0.75;
/** The most that one round of a timer that looks once a second can spread (ns). */
export const ONE_ROUND = 1.2 * SECOND;

/** `closes` in the order of their moments. */
export function explain(closes: readonly Close[]): Explained {
  if (closes.length < 2) return { cause: 'idle', closes };
  const idle = spreadOf(closes.map(({ duration }) => duration));
  const differ = idle.width > toleranceOf(idle.low);
  if (differ) {
    const moments = spreadOf(closes.map(({ time }) => time)).width;
    if (moments <= Math.max(ONE_EVENT, idle.width * CLEARLY) && moments < idle.width) {
      return { cause: 'event', closes: [] };
    }
    const ages = closes.map(({ age }) => age).filter((age) => !Number.isNaN(age));
    if (ages.length >= LEAST_AGES && ages.length === closes.length && spreadOf(ages).width < idle.width * CLEARLY) {
      return { cause: 'age', closes };
    }
  }
  return { cause: 'idle', closes: withoutEvents(closes) };
}

/**
 * Closes in one moment, when one round of a timer that looks once a second can have made them: pools of clients are
 * often swept like that. A program that quits may look the same, so this is never more than possible.
 */
export function oneRound(closes: readonly Close[]): readonly Close[] {
  const durations = closes.map(({ duration }) => duration);
  const shortest = Math.min(...durations);
  return shortest >= SECOND && Math.max(...durations) - shortest <= ONE_ROUND ? closes : [];
}

interface Moment {
  readonly closes: Close[];
  shortest: number;
  longest: number;
}

/** Without the moments in which connections ended after different idle times, unless a coarse timer explains them. */
function withoutEvents(closes: readonly Close[]): Close[] {
  const moments: Moment[] = [];
  let latest = NaN;
  for (const close of closes) {
    const moment = moments.at(-1);
    if (moment !== undefined && close.time - latest < ONE_MOMENT) {
      moment.closes.push(close);
      moment.shortest = Math.min(moment.shortest, close.duration);
      moment.longest = Math.max(moment.longest, close.duration);
    } else moments.push({ closes: [close], shortest: close.duration, longest: close.duration });
    latest = close.time;
  }
  const mixed = new Set(moments.filter(isMixed));
  if (mixed.size === 0) return [...closes];
  const fitsOneRound = (a: Moment, b: Moment) =>
    Math.max(a.longest, b.longest) - Math.min(a.shortest, b.shortest) <= ONE_ROUND;
  return moments
    .filter((moment, i) => {
      if (!mixed.has(moment)) return true;
      // The neighbours in time are enough: a coarse timer makes every one of its rounds like that.
      const near = moments.slice(Math.max(0, i - 3), i + 4);
      return near.some((other) => other !== moment && fitsOneRound(moment, other));
    })
    .flatMap((moment) => moment.closes);
}

/** How much (ns) idle times like this one may differ and be the same. */
function toleranceOf(duration: number): number {
  return Math.max(SAME_TIME, duration * SAME_SHARE);
}

function isMixed({ closes, shortest, longest }: Moment): boolean {
  return longest - shortest > toleranceOf(shortest) && !mostAgree(closes);
}

/** On a busy server a timer closes one connection after the other, without a pause, and a few end for another reason. */
function mostAgree(closes: readonly Close[]): boolean {
  if (closes.length < LEAST_AGREEING) return false;
  const durations = Float64Array.from(closes, ({ duration }) => duration).sort();
  const median = durations[durations.length >> 1]!;
  const tolerance = toleranceOf(median);
  const agreeing = durations.filter((duration) => Math.abs(duration - median) <= tolerance).length;
  return agreeing >= durations.length * AGREEING_SHARE;
}

/** Where most of the values lie: all of a few, the middle four fifths of many. */
function spreadOf(values: readonly number[]): { low: number; width: number } {
  const sorted = Float64Array.from(values).sort();
  const cut = sorted.length < 10 ? 0 : Math.floor(sorted.length / 10);
  const low = sorted[cut]!;
  return { low, width: sorted[sorted.length - 1 - cut]! - low };
}
