// When a server's process ends, its kernel closes all of its sockets in one moment: with RST where bytes lie unread, with
// FIN elsewhere. One history cannot tell that from an abort of its own connection; several in one moment can.
import { MILLISECOND } from '../base/timeline.ts';
import type { History } from '../history/history.ts';

/** Rules about a request that was in progress when the server closed: no idle timer ends such connections. */
const IN_PROGRESS: ReadonlySet<string> = new Set([
  'request-dropped-at-close',
  'reset-instead-of-response',
  'reset-mid-response',
  'truncated-response',
]);
/** Closes within this time (ns) are one moment: a kernel takes a few milliseconds for some thousand sockets. */
const ONE_MOMENT = 50 * MILLISECOND;
/** So many other connections that end in the same moment are no chance. */
const LEAST_OTHERS = 2;

/** An incident, as far as it matters here. */
export interface Ended {
  readonly rule: { readonly id: string };
  readonly server: string;
  readonly loss: { readonly history: History } | null;
}

/**
 * For each incident whose request was in progress: how many other connections of its server ended in the same moment.
 * `idleCloses`: the times (ns, rising) at which a server closed idle connections.
 */
export function endedTogether<Incident extends Ended>(
  incidents: readonly Incident[],
  idleCloses: (server: string) => readonly number[],
): ReadonlyMap<Incident, number> {
  const byServer = new Map<string, { incident: Incident; time: number }[]>();
  for (const incident of incidents) {
    const time = closeTimeOf(incident);
    if (Number.isNaN(time)) continue;
    const group = byServer.get(incident.server);
    if (group === undefined) byServer.set(incident.server, [{ incident, time }]);
    else group.push({ incident, time });
  }
  const found = new Map<Incident, number>();
  for (const [server, group] of byServer) {
    const times = Float64Array.from([...group.map(({ time }) => time), ...idleCloses(server)]).sort();
    for (const { incident, time } of group) {
      const others = countWithin(times, time - ONE_MOMENT, time + ONE_MOMENT) - 1;
      if (others >= LEAST_OTHERS) found.set(incident, others);
    }
  }
  return found;
}

export function endedTogetherText(others: number): string {
  return (
    `${others} other connections of this server ended within 50 ms of this one: its process most likely ended (a crash, ` +
    'a kill, a restart), or stopped serving.'
  );
}

/** When the server ended it, if a request was in progress; else NaN. */
function closeTimeOf({ rule, loss }: Ended): number {
  if (loss === null || !IN_PROGRESS.has(rule.id)) return NaN;
  const { fin, rst } = loss.history.serverSide;
  return Math.min(fin?.time ?? Infinity, rst?.time ?? Infinity);
}

function countWithin(sorted: Float64Array, from: number, to: number): number {
  return firstAbove(sorted, to) - firstAbove(sorted, from);
}

/** Index of the first value above `limit`. */
function firstAbove(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
