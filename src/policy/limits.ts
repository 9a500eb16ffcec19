// The table of what can be expected of a server: the key in a config, the words for people, and how it is read off a
// report.
import type { Estimate, ServerReport } from '../report/report.ts';

export interface Limit {
  /** Its key in a config. */
  readonly key: string;
  /** "idle timeout" */
  readonly words: string;
  readonly unit: 'seconds' | 'requests' | 'exchanges' | 'connections';
  /** The estimates that `server` gives for it, each with whose it is ('' for the server's own). */
  readonly estimates?: (server: ServerReport) => readonly { readonly of: string; readonly estimate: Estimate | null }[];
  /** What was counted, which is no estimate and is summed over all servers of a pattern. */
  readonly count?: (server: ServerReport) => number;
}

const own = (estimate: Estimate | null) => [{ of: '', estimate }];

export const LIMITS: readonly Limit[] = [
  {
    key: 'idleTimeoutSeconds',
    words: 'idle timeout',
    unit: 'seconds',
    estimates: (server) => own(server.idleTimeout),
  },
  {
    key: 'closeDelaySeconds',
    words: 'close delay',
    unit: 'seconds',
    estimates: (server) => own(server.closeDelay),
  },
  {
    key: 'maxAgeSeconds',
    words: 'greatest age of a connection',
    unit: 'seconds',
    estimates: (server) => own(server.maxAge),
  },
  {
    key: 'maxRequests',
    words: 'requests per connection',
    unit: 'requests',
    estimates: (server) => own(server.maxRequests),
  },
  {
    key: 'clientIdleTimeoutSeconds',
    words: "clients' idle timeout",
    unit: 'seconds',
    estimates: ({ clients }) => clients.map(({ client, idleTimeout }) => ({ of: client, estimate: idleTimeout })),
  },
  {
    key: 'clientResponseTimeoutSeconds',
    words: "clients' response timeout",
    unit: 'seconds',
    estimates: ({ clients }) =>
      clients.map(({ client, responseTimeout }) => ({ of: client, estimate: responseTimeout })),
  },
  { key: 'exchanges', words: 'exchanges', unit: 'exchanges', count: ({ exchanges }) => exchanges },
  { key: 'connections', words: 'connections', unit: 'connections', count: ({ connections }) => connections },
];
