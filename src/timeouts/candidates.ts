// Names the products whose default fits an inferred timeout.
import { SECOND } from '../base/timeline.ts';
import type { TimeoutEstimate } from './estimate.ts';
import { KNOWN_LIMITS } from './known-limits.ts';
import { KNOWN_TIMEOUTS, type KnownTimeout, type TimeoutKind } from './known-timeouts.ts';

export interface Candidate {
  readonly product: string;
  readonly knob: string;
  /** Seconds (or requests) after which it closes by default. */
  readonly seconds: number;
  /** The Server or User-Agent field, or what it announces, names the product: then it is more than a number that fits. */
  readonly named: boolean;
}

/** A product's setting, with its default in seconds; null: off. */
export interface Knob {
  readonly product: string;
  readonly knob: string;
  readonly seconds: number | null;
}

/** What a limit is of: idle connections, the close after an announcement, connections' ages, a client's patience. */
export type LimitKind = 'idle' | 'close-delay' | 'age' | 'response';

const KINDS: Readonly<Record<LimitKind, readonly TimeoutKind[]>> = {
  idle: ['idle'],
  'close-delay': ['linger', 'linger-idle'],
  age: ['lifetime'],
  response: ['response', 'response-header', 'io'],
};

/** How far an observed close may lie from the default, as a share and at least in seconds: early by timers that are
 * read late, late by timers that are polled. */
const EARLY_SHARE = 0.02;
const LATE_SHARE = 0.02;
const LATE_SECONDS = 0.15;

/** Node.js closes one buffer (1 s, not announced) after `keepAliveTimeout`: nodejs/node#59243, measured 6.005 s. */
const NODE_BUFFER = 1;

/**
 * Products on this side whose default fits the estimate. `banner` is the Server or User-Agent field: when it names a
 * known product, others are left out. `hint`: seconds that the server announces as `Keep-Alive: timeout`; -1 for none.
 */
export function candidatesFor(
  estimate: TimeoutEstimate,
  side: 'server' | 'client',
  banner: string,
  kind: LimitKind = 'idle',
  hint = -1,
): readonly Candidate[] {
  const value = estimate.value / SECOND;
  const fitting: Candidate[] = [];
  for (const known of KNOWN_TIMEOUTS) {
    if (!KINDS[kind].includes(known.kind) || known.seconds === null || known.seconds === 0) continue;
    if (known.side !== side && !(side === 'client' && known.side === 'proxy-upstream')) continue;
    const delays = isNodeServer(known) ? [known.seconds + NODE_BUFFER, known.seconds] : [known.seconds];
    const seconds = delays.find((delay) => fits(value, delay));
    if (seconds === undefined) continue;
    fitting.push({ product: known.product, knob: known.knob, seconds, named: namesProduct(banner, known.product) });
  }
  const named = fitting.filter((candidate) => candidate.named);
  if (named.length > 0) return named;
  if (namesAnyProduct(banner)) return [];
  return kind === 'idle' && side === 'server' && closesLikeNode(value, hint, banner) ? [nodeCandidate(hint)] : fitting;
}

/** Products whose default limit on requests per connection fits. */
export function requestLimitCandidates(limit: number, banner: string): readonly Candidate[] {
  const fitting = KNOWN_LIMITS.filter(
    // Apache counts the requests after the first one.
    ({ side, requests, product }) =>
      side === 'server' &&
      requests !== null &&
      (requests === limit || (product === 'Apache httpd' && requests + 1 === limit)),
  ).map(({ product, knob, requests }) => ({ product, knob, seconds: requests!, named: namesProduct(banner, product) }));
  const named = fitting.filter((candidate) => candidate.named);
  return named.length > 0 ? named : namesAnyProduct(banner) ? [] : fitting;
}

/** No Server field, and a close one second after what is announced: Node.js does that, and nobody else that is known. */
function closesLikeNode(value: number, hint: number, banner: string): boolean {
  return hint > 0 && banner === '' && fits(value, hint + NODE_BUFFER) && value >= hint + NODE_BUFFER - 0.05;
}

function nodeCandidate(hint: number): Candidate {
  const known = KNOWN_TIMEOUTS.find((entry) => isNodeServer(entry) && entry.seconds === hint);
  const product = known?.product ?? 'Node.js http.Server';
  return { product, knob: 'server.keepAliveTimeout', seconds: hint + NODE_BUFFER, named: true };
}

/** The knob to name in advice: that of the product which the banner names, whatever its default. */
export function knobFor(side: 'server' | 'client', banner: string): Knob | null {
  const { knobs } = namedBy(banner);
  const known = knobs[side];
  if (known !== undefined) return known;
  const knob = findKnob(side, banner);
  knobs[side] = knob;
  return knob;
}

function findKnob(side: 'server' | 'client', banner: string): Knob | null {
  if (!namesAnyProduct(banner)) return null;
  const known = KNOWN_TIMEOUTS.find(
    (entry) =>
      entry.kind === 'idle' &&
      // "(none)": it has no such setting.
      !entry.knob.startsWith('(') &&
      (entry.side === side || (side === 'client' && entry.side === 'proxy-upstream')) &&
      namesProduct(banner, entry.product),
  );
  return known === undefined ? null : { product: known.product, knob: known.knob, seconds: known.seconds };
}

function isNodeServer(known: KnownTimeout): boolean {
  return known.knob === 'server.keepAliveTimeout' && known.product.startsWith('Node.js');
}

function fits(value: number, seconds: number): boolean {
  return value >= seconds * (1 - EARLY_SHARE) && value <= seconds * (1 + LATE_SHARE) + LATE_SECONDS;
}

/** Words by which a banner names a product of the table. */
const BANNER_WORDS: readonly (readonly [RegExp, string])[] = [
  [/nginx|openresty/i, 'nginx'],
  [/^apache(?!-coyote|-httpclient)/i, 'Apache httpd'],
  [/coyote|tomcat/i, 'Tomcat'],
  [/^jetty/i, 'Jetty'],
  [/lighttpd/i, 'lighttpd'],
  [/caddy/i, 'Caddy'],
  [/gunicorn/i, 'gunicorn'],
  [/uvicorn/i, 'uvicorn'],
  [/hypercorn/i, 'Hypercorn'],
  [/aiohttp/i, 'aiohttp'],
  [/armeria/i, 'Armeria'],
  [/envoy/i, 'Envoy'],
  [/kestrel/i, 'Kestrel'],
  [/microsoft-iis|microsoft-httpapi/i, 'IIS'],
  [/puma/i, 'Puma'],
  [/cowboy/i, 'Cowboy'],
  [/varnish/i, 'Varnish'],
  [/squid/i, 'Squid'],
  [/^h2o/i, 'H2O'],
  [/awselb/i, 'AWS ALB'],
  [/cloudflare/i, 'Cloudflare'],
  [/python-requests|urllib3/i, 'urllib3'],
  [/httpx/i, 'httpx'],
  [/go-http-client/i, 'Go net/http'],
  [/okhttp/i, 'OkHttp'],
  [/reactornetty/i, 'Reactor Netty'],
  [/^undici|^node$/i, 'undici'],
  [/apache-httpclient/i, 'Apache HttpClient'],
  [/java-http-client/i, 'JDK java.net.http'],
  [/curl/i, 'libcurl'],
  [/vert\.x/i, 'Vert.x'],
];

function namesProduct(banner: string, product: string): boolean {
  return namedBy(banner).products.some((name) => product.startsWith(name));
}

function namesAnyProduct(banner: string): boolean {
  return namedBy(banner).products.length > 0;
}

/** What a banner names: products, and the knob of each side once that was asked for. */
interface Named {
  readonly products: readonly string[];
  readonly knobs: Partial<Record<'server' | 'client', Knob | null>>;
}

/** Banners are few, and asked about for each of thousands of clients. They come from the wire, so they are bounded. */
const bannersKnown = new Map<string, Named>();
const MAX_BANNERS = 1000;

function namedBy(banner: string): Named {
  let named = bannersKnown.get(banner);
  if (named === undefined) {
    if (bannersKnown.size >= MAX_BANNERS) bannersKnown.clear();
    const products = BANNER_WORDS.filter(([pattern]) => pattern.test(banner)).map(([, name]) => name);
    named = { products, knobs: {} };
    bannersKnown.set(banner, named);
  }
  return named;
}

/** Products that are listed by name; of more, one cannot say much. */
const NAMED = 3;

/**
 * Which product's default it may be: "probably keepalive_timeout of nginx" where a field names the product, "perhaps …"
 * where only the number fits, "perhaps …, … or 5 others"; '' for none.
 */
export function candidatesText(
  candidates: readonly { readonly product: string; readonly knob: string; readonly named: boolean }[],
): string {
  const names = [...new Set(candidates.map(({ product, knob }) => `${knob} of ${product}`))];
  if (names.length === 0) return '';
  if (names.length === 1) return `${candidates[0]!.named ? 'probably' : 'perhaps'} ${names[0]}`;
  if (names.length <= NAMED) return `perhaps ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return `perhaps ${names.slice(0, NAMED - 1).join(', ')} or ${names.length - NAMED + 1} others`;
}
