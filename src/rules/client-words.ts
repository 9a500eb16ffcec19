// What a client's library calls a connection that ended under its request, by the name that it gives itself in
// User-Agent. A table of what was seen in its users' error messages (lab/README.md; curl and OkHttp: their sources).
import type { History } from '../history/history.ts';

interface Words {
  /** How its User-Agent begins. */
  readonly agent: RegExp;
  /** At a FIN, which is read as end of file; at a RST. */
  readonly endOfFile: string;
  readonly reset: string;
}

const WORDS: readonly Words[] = [
  {
    agent: /^python-requests\//i,
    endOfFile: 'Remote end closed connection without response',
    reset: 'Connection reset by peer',
  },
  {
    agent: /^python-urllib3\//i,
    endOfFile: 'Remote end closed connection without response',
    reset: 'Connection reset by peer',
  },
  { agent: /^python-httpx\//i, endOfFile: 'Server disconnected without sending a response', reset: 'ReadError' },
  { agent: /^python\/\S+ aiohttp\//i, endOfFile: 'Server disconnected', reset: 'Connection reset by peer' },
  { agent: /^axios\//i, endOfFile: 'socket hang up', reset: 'read ECONNRESET' },
  { agent: /^undici\b/i, endOfFile: 'other side closed', reset: 'read ECONNRESET' },
  { agent: /^node\b/i, endOfFile: 'fetch failed: other side closed', reset: 'fetch failed: read ECONNRESET' },
  { agent: /^Go-http-client\//i, endOfFile: 'EOF', reset: 'connection reset by peer' },
  { agent: /^Java-http-client\//i, endOfFile: 'HTTP/1.1 header parser received no bytes', reset: 'Connection reset' },
  { agent: /^Apache-HttpClient\//i, endOfFile: 'failed to respond', reset: 'Connection reset' },
  { agent: /^okhttp\//i, endOfFile: 'unexpected end of stream', reset: 'Connection reset' },
  { agent: /^curl\//i, endOfFile: 'Empty reply from server', reset: 'Recv failure: Connection reset by peer' },
];

/** The client's name for itself, and what it most likely logged. */
export interface ClientWords {
  /** The first product of its User-Agent. Hostile. */
  readonly client: string;
  readonly words: string;
}

/** What the client said of a request that got no byte of a response; null when it gives no name that we know. */
export function clientWordsFor(history: History): ClientWords | null {
  const { fin, rst } = history.serverSide;
  const known = WORDS.find(({ agent }) => agent.test(history.userAgent));
  if (known === undefined || (fin === null && rst === null)) return null;
  const isReset = fin === null || (rst !== null && rst.frame < fin.frame);
  const client = /^\S+( aiohttp\/\S+)?/i.exec(history.userAgent)![0];
  return { client, words: isReset ? known.reset : known.endOfFile };
}
