// What happened on one connection, in order: exchanges, idle gaps, the close. Rules and reports read this and nothing
// below it. Times are nanoseconds since the timeline's origin, durations nanoseconds, NaN when the capture does not
// tell; frames are Wireshark's frame numbers, 0 for none; sequence numbers are signed 32-bit (see
// wire/sequence-number.ts).
import type { Exchange } from '../http/exchange.ts';
import type { IdleGap, Protocol } from '../http/http-connection.ts';
import type { Closing } from '../tcp/direction.ts';
import type { Retry } from './recent-requests.ts';

export { GAP_ENDS, type IdleGap, PROTOCOLS, type Protocol } from '../http/http-connection.ts';
export type { Closing } from '../tcp/direction.ts';
export type { Retry } from './recent-requests.ts';

export const VANTAGES = ['unknown', 'client', 'between', 'server'] as const;
export type Vantage = (typeof VANTAGES)[number];
export const CLOSED_BY = ['open', 'client-fin', 'server-fin', 'client-rst', 'server-rst'] as const;
export type ClosedBy = (typeof CLOSED_BY)[number];
/** What one side did at the end. */
export interface Side {
  /** Its first FIN that lay in the window. */
  readonly fin: Closing | null;
  /** When and where the peer's TCP acknowledged the FIN. */
  readonly finAckedFrame: number;
  readonly finAckedTime: number;
  /** Its first RST that lay in the window, and how many there were. */
  readonly rst: Closing | null;
  readonly rstCount: number;
  /** The acknowledgement number of its latest segment: everything before it, its TCP had received. */
  readonly acknowledged: number;
  readonly hasAcknowledged: boolean;
  /** Payload bytes sent (each counted once), bytes sent that the capture lacks, and the number behind the last of those. */
  readonly payloadBytes: number;
  readonly lostBytes: number;
  readonly lostUntil: number;
  /** Where its sequence numbers are counted from when people read them, as in Wireshark: its SYN's, or the one before
   * that of its first segment. Null when the capture tells none. */
  readonly base: number | null;
  /** Segments behind its last new byte that brought bytes once more, and the latest of them. */
  readonly retransmissions: number;
  readonly retransmittedFrame: number;
  readonly retransmittedTime: number;
  /** TTL of its first segment, 0 when none was seen. */
  readonly ttl: number;
  /** A segment of it was seen, and its SYN was. */
  readonly seen: boolean;
  readonly synSeen: boolean;
  /** Behind its last byte seen or surely sent, a FIN counted. */
  readonly next: number;
}

export interface History {
  /** Wireshark's tcp.stream. */
  readonly stream: number;
  /** address:port, IPv6 in brackets. */
  readonly client: string;
  readonly server: string;
  readonly protocol: Protocol;
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** Time of the first frame, of the frame that ended it (second FIN or first RST; NaN while open). */
  readonly openTime: number;
  readonly closeTime: number;
  /** Time of the capture's last frame so far, when the connection was judged. */
  readonly captureEnd: number;
  /** Round trip time by the handshake's two halves; NaN without a handshake. */
  readonly rtt: number;
  readonly vantage: Vantage;
  /** Frame of a SYN-ACK that the server sent again though the client had acknowledged the first one; 0: none was. */
  readonly synAckAgainFrame: number;
  /** The handshake's two halves: from the capture point to the client and back, to the server and back; NaN without a
   * handshake. What the server sent passed the capture point half of `serverHalf` later, what the client sent half of
   * `clientHalf` later. */
  readonly clientHalf: number;
  readonly serverHalf: number;
  /** Who sent the first FIN or RST. Of those that crossed: who sent it earlier, as far as the handshake tells. */
  readonly closedBy: ClosedBy;
  /** From the last response byte to the server's FIN or RST, when the server closed first; NaN otherwise. */
  readonly closeDelay: number;
  readonly clientSide: Side;
  readonly serverSide: Side;
  /** How many exchanges there were; `exchanges` holds all of them, or the last few when no detail was asked for. */
  readonly exchangeCount: number;
  readonly exchanges: readonly Exchange[];
  /** The first exchange that announced the connection's end though another one followed, and that one; `exchanges` may
   * hold none of them. Null when there was none, or when both are the last ones (then `exchanges` holds them). */
  readonly afterClose: readonly [announced: Exchange, next: Exchange] | null;
  /** Where the client sent the request again that was lost at the end; null when nothing was lost, or nowhere. */
  readonly retry: Retry | null;
  /** Like `exchanges`: all, or the last few. */
  readonly idleGaps: readonly IdleGap[];
  /** The number of its client and server for whoever observes them; -1 when no HTTP was seen. */
  readonly pair: number;
  /** Bytes are missing in one of the directions where messages may have been. */
  readonly lostRequests: boolean;
  readonly lostResponses: boolean;
  /** Server and User-Agent as first seen on the connection, '' when none. Hostile: escape for the medium. */
  readonly serverProduct: string;
  readonly userAgent: string;
}

/** The FIN or RST by which the connection was closed first, of the side that `closedBy` names; null while open. */
export function firstClosing({
  closedBy,
  clientSide,
  serverSide,
}: Pick<History, 'closedBy' | 'clientSide' | 'serverSide'>): Closing | null {
  if (closedBy === 'open') return null;
  const side = closedBy.startsWith('client') ? clientSide : serverSide;
  return closedBy.endsWith('fin') ? side.fin : side.rst;
}
