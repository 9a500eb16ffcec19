// How long the connections of a server lay idle, and how that ended: counted in narrow logarithmic bins, so that any
// plot can be made of them without looking at a million rows again.
import { withoutPort } from '../../history/endpoint.ts';
import type { Model } from './model.ts';
import { GAP_ENDS, HAS_RESPONSE } from './schemas.ts';

/** From 1 ms to about 28 h. */
const SHORTEST = 1e-3;
const DECADES = 8;
const BINS_PER_DECADE = 256;
const BINS = DECADES * BINS_PER_DECADE;

export const SERIES = ['reused', 'closed by server', 'closed by client'] as const;
export type Series = (typeof SERIES)[number];

export class IdleTimes {
  readonly counts: Readonly<Record<Series, Uint32Array>> = {
    reused: new Uint32Array(BINS),
    'closed by server': new Uint32Array(BINS),
    'closed by client': new Uint32Array(BINS),
  };
  readonly totals: Record<Series, number> = { reused: 0, 'closed by server': 0, 'closed by client': 0 };
  /** Seconds. */
  shortest = Infinity;
  longest = 0;

  add(series: Series, seconds: number): void {
    if (!(seconds >= 0)) return;
    this.counts[series][binOf(seconds)]!++;
    this.totals[series]++;
    this.shortest = Math.min(this.shortest, seconds);
    this.longest = Math.max(this.longest, seconds);
  }

  /** How many of a series lie from `low` to `high` (seconds), by whole bins. */
  between(series: Series, low: number, high: number): number {
    let sum = 0;
    for (let bin = binOf(low); bin < binOf(high); bin++) sum += this.counts[series][bin]!;
    return sum;
  }
}

function binOf(seconds: number): number {
  const bin = Math.floor(Math.log10(Math.max(SHORTEST, seconds) / SHORTEST) * BINS_PER_DECADE);
  return Math.min(BINS - 1, bin);
}

/** Made once for each state of the model: a screen asks for the same ones with every key. */
const latest = new WeakMap<Model, { readonly key: string; readonly times: IdleTimes }>();

/** `client`: an address; null: all of them. */
export function idleTimesOf(model: Model, server: string, client: string | null): IdleTimes {
  const key = `${model.version} ${server} ${client ?? ''}`;
  const known = latest.get(model);
  if (known?.key === key) return known.times;
  const times = counted(model, server, client);
  latest.set(model, { key, times });
  return times;
}

function counted(model: Model, server: string, client: string | null): IdleTimes {
  const times = new IdleTimes();
  const { connections, exchanges, strings } = model;
  const c = connections.columns;
  const e = exchanges.columns;
  // Both are found by the numbers of their addresses: a text for each row would take seconds.
  const port = Number(server.slice(server.lastIndexOf(':') + 1));
  const serverNumber = strings.indexOf(withoutPort(server));
  const clientNumber = client === null ? -1 : strings.indexOf(client);
  for (let stream = 0; stream < connections.length; stream++) {
    if (c.serverPort[stream] !== port || c.serverAddress[stream] !== serverNumber) continue;
    if (clientNumber >= 0 && c.clientAddress[stream] !== clientNumber) continue;
    const end = c.firstExchange[stream]! + c.heldExchanges[stream]!;
    for (let row = c.firstExchange[stream]!; row < end; row++) {
      // Only an answer proves that the connection was still good.
      if ((e.marks[row]! & HAS_RESPONSE) !== 0) times.add('reused', e.idleBefore[row]!);
    }
    const ended = GAP_ENDS[c.lastIdleEnd[stream]!]!;
    if (ended.startsWith('server')) times.add('closed by server', c.lastIdle[stream]!);
    else if (ended.startsWith('client')) times.add('closed by client', c.lastIdle[stream]!);
  }
  return times;
}
