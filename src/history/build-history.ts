// From what TCP and HTTP left of a connection to its History: who is who, where the capture was taken, who closed.
import { SECOND } from '../base/timeline.ts';
import type { GapEnd, HttpConnection } from '../http/http-connection.ts';
import type { Connection } from '../tcp/connection.ts';
import type { Closing, Direction } from '../tcp/direction.ts';
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';
import { endpointOf } from './endpoint.ts';
import type { ClosedBy, History, Protocol, Side, Vantage } from './history.ts';

/** A connection that is over (or whose capture is), as a History. `captureEnd`: time of the capture's last frame. */
export function buildHistory(connection: Connection, http: HttpConnection | null, captureEnd: number): History {
  const client = connection.clientDirection ?? clientByPort(connection);
  const server = connection.otherThan(client);
  const halves = halvesOf(connection);
  const closedBy = hidesClientFin(http, client, server) ? 'client-fin' : closedByOf(client, server, halves);
  if (http !== null) {
    endLastGap(http, client, server, closedBy, captureEnd, connection.lastFrame);
    noteFastOpen(http, client, server);
  }
  const forwards = client.isForward;
  const protocol: Protocol =
    http === null
      ? connection.forward.payloadBytes + connection.backward.payloadBytes > 0
        ? 'other'
        : 'none'
      : http.protocol;
  return {
    stream: connection.stream,
    client: endpointOf(connection, forwards ? 'source' : 'destination'),
    server: endpointOf(connection, forwards ? 'destination' : 'source'),
    protocol,
    firstFrame: connection.firstFrame,
    lastFrame: connection.lastFrame,
    openTime: connection.firstTime,
    closeTime: connection.closeTime,
    captureEnd,
    rtt: roundTripOf(connection),
    vantage: vantageOf(connection),
    synAckAgainFrame: connection.synAckAgainFrame,
    clientHalf: halves.client,
    serverHalf: halves.server,
    closedBy,
    closeDelay: closeDelayOf(http, server, closedBy),
    clientSide: sideOf(client, server),
    serverSide: sideOf(server, client),
    exchangeCount: http?.exchangeCount ?? 0,
    exchanges: http?.exchanges ?? [],
    afterClose: http?.afterClose ?? null,
    retry: null,
    idleGaps: http?.idleGaps ?? [],
    pair: http?.pair ?? -1,
    lostRequests: http?.lostRequests ?? false,
    lostResponses: http?.lostResponses ?? false,
    serverProduct: http?.serverProduct ?? '',
    userAgent: http?.userAgent ?? '',
  };
}

/** The same of a connection that goes on, as if the capture ended now. Nothing of that stays behind in it. */
export function historySoFar(connection: Connection, http: HttpConnection | null, now: number): History {
  if (http === null) return buildHistory(connection, null, now);
  const { idleGaps, idleSince, idleAfterFrame } = http;
  http.idleGaps = [...idleGaps];
  try {
    return buildHistory(connection, http, now);
  } finally {
    Object.assign(http, { idleGaps, idleSince, idleAfterFrame });
  }
}

/** A request in the SYN (TCP Fast Open, RFC 7413) acknowledges nothing: its client had nothing of the server yet. */
function noteFastOpen({ exchanges }: HttpConnection, client: Direction, server: Direction): void {
  const request = exchanges[0]?.request;
  if (request?.acknowledgementAtStart !== 0 || !client.synSeen || !server.synSeen) return;
  if (request.start === sequenceAdd(client.base, 1)) request.acknowledgementAtStart = sequenceAdd(server.base, 1);
}

/** Nothing told who the client is: it has the ephemeral port, which is the higher one. */
function clientByPort(connection: Connection): Direction {
  return connection.sourcePort >= connection.destinationPort ? connection.forward : connection.backward;
}

/**
 * Who closed first. Numbers decide where they can: a FIN that acknowledges the peer's FIN came after it, wherever the
 * capture was taken. Two FINs that do not know of each other crossed; then the one that was sent earlier is told, as
 * far as the handshake tells how long each was under way.
 */
function closedByOf(client: Direction, server: Direction, halves: Halves): ClosedBy {
  const fromClient = closingOf(client);
  const fromServer = closingOf(server);
  if (fromClient === null && fromServer === null) return 'open';
  let clientFirst: boolean;
  if (fromClient === null || fromServer === null) clientFirst = fromServer === null;
  else if (acknowledgesFin(fromServer.hasAck, fromServer.acknowledgement, client)) clientFirst = true;
  else if (acknowledgesFin(fromClient.hasAck, fromClient.acknowledgement, server)) clientFirst = false;
  else if (Number.isNaN(halves.client)) clientFirst = fromClient.frame < fromServer.frame;
  else clientFirst = fromClient.time - halves.client / 2 < fromServer.time - halves.server / 2;
  if (clientFirst) return fromClient === client.fin ? 'client-fin' : 'client-rst';
  return fromServer === server.fin ? 'server-fin' : 'server-rst';
}

/** The server's FIN acknowledges one more than the end of the last request: the client's FIN, which the capture lacks. */
function hidesClientFin(http: HttpConnection | null, client: Direction, server: Direction): boolean {
  const request = http?.exchanges.at(-1)?.request;
  if (!request?.complete || client.fin !== null || !server.fin?.hasAck) return false;
  return server.fin.acknowledgement === sequenceAdd(request.end, 1);
}

/** A direction's FIN or RST, whichever came first. */
function closingOf({ fin, rst }: Direction): Closing | null {
  return fin !== null && (rst === null || fin.frame < rst.frame) ? fin : rst;
}

function firstClosing(closedBy: ClosedBy, client: Direction, server: Direction): Closing | null {
  switch (closedBy) {
    case 'client-fin':
      return client.fin;
    case 'client-rst':
      return client.rst;
    case 'server-fin':
      return server.fin;
    case 'server-rst':
      return server.rst;
    case 'open':
      return null;
  }
}

function acknowledgesFin(hasAck: boolean, acknowledgement: number, closer: Direction): boolean {
  return hasAck && closer.fin !== null && sequenceDifference(acknowledgement, closer.fin.sequence) > 0;
}

/**
 * The gap behind the last exchange ends with the close or with the capture. And where a request crossed the server's
 * close, the capture may show the request first; but the server's timer ended that gap, not the request: the gap runs
 * until the close, as it does in a capture taken at the server.
 */
function endLastGap(
  http: HttpConnection,
  client: Direction,
  server: Direction,
  closedBy: ClosedBy,
  captureEnd: number,
  lastFrame: number,
): void {
  const victim = http.exchanges[http.firstOpen]?.request;
  if (victim !== undefined && victim !== null) {
    const closing = closedBy === 'server-fin' ? server.fin : closedBy === 'server-rst' ? server.rst : null;
    const gap = http.idleGaps.at(-1);
    if (closing?.hasAck && gap?.endedBy === 'request' && gap.endFrame === victim.firstFrame) {
      if (sequenceDifference(closing.acknowledgement, victim.start) <= 0) {
        const idleSince = victim.startTime - gap.duration;
        http.idleGaps[http.idleGaps.length - 1] = {
          duration: Math.max(0, closing.time - idleSince),
          afterFrame: gap.afterFrame,
          endFrame: closing.frame,
          endedBy: closedBy as GapEnd,
        };
      }
    }
    return;
  }
  const gap = http.idleGaps.at(-1);
  // Of two closes that crossed the capture may show the later one first.
  const first = firstClosing(closedBy, client, server);
  const shown = gap?.endedBy === 'client-fin' ? client.fin : gap?.endedBy === 'server-fin' ? server.fin : null;
  if (gap !== undefined && first !== null && shown !== null && gap.endFrame === shown.frame && first !== shown) {
    const duration = Math.max(0, gap.duration + first.time - shown.time);
    const endedBy = closedBy as GapEnd;
    http.idleGaps[http.idleGaps.length - 1] = { ...gap, duration, endFrame: first.frame, endedBy };
    return;
  }
  // The client's FIN is not in the capture: the server's, which answered it, stands for it.
  if (closedBy === 'client-fin' && client.fin === null && gap?.endFrame === server.fin?.frame && gap !== undefined) {
    http.idleGaps[http.idleGaps.length - 1] = { ...gap, endedBy: closedBy };
  }
  if (closedBy === 'open') http.endGap(captureEnd, lastFrame, 'capture-end');
  else {
    const closing = firstClosing(closedBy, client, server);
    if (closing !== null) http.endGap(closing.time, closing.frame, closedBy);
  }
}

/** Last response byte to the server's FIN or RST, in nanoseconds, when the server closed first. */
function closeDelayOf(http: HttpConnection | null, server: Direction, closedBy: ClosedBy): number {
  const closing = closedBy === 'server-fin' ? server.fin : closedBy === 'server-rst' ? server.rst : null;
  if (closing === null || http === null) return NaN;
  const response = http.exchanges[http.firstOpen - 1]?.response ?? http.exchanges.at(-1)?.response;
  if (!response) return NaN;
  return Math.max(closing.time - response.endTime, 0);
}

/** The handshake's two halves, SYN to SYN-ACK and SYN-ACK to ACK, add up to one round trip at any vantage. */
export function roundTripOf(connection: Connection): number {
  if (connection.handshakeRetransmitted) return NaN;
  const roundTrip = connection.handshakeAckTime - connection.synTime;
  return roundTrip >= 0 ? roundTrip : NaN;
}

interface Halves {
  readonly client: number;
  readonly server: number;
}

/** The handshake's halves (ns): SYN-ACK to ACK is the way to the client and back, SYN to SYN-ACK that to the server. */
export function halvesOf(connection: Connection): Halves {
  return halvesOfTimes(roundTripOf(connection), connection.synTime, connection.synAckTime);
}

/** The same of a round trip that is known, and the times of the first two segments. */
export function halvesOfTimes(roundTrip: number, synTime: number, synAckTime: number): Halves {
  // Where the capture swapped two of the three, the half between them took no time.
  const server = Math.min(Math.max(0, synAckTime - synTime), roundTrip);
  return { client: roundTrip - server, server };
}

/** Below this share of the round trip, the half that an end answers itself is taken for its own answer time. */
const OWN_HALF = 0.1;
/** An end answers a SYN or SYN-ACK within this time (ns) unless it is very busy. */
const OWN_ANSWER = 0.001 * SECOND;

/**
 * Where the capture was taken, by which half of the handshake took (nearly) no time. On a path as short as the ends'
 * own answer time nothing can be told.
 */
function vantageOf(connection: Connection): Vantage {
  const { synTime, synAckTime, handshakeAckTime } = connection;
  return vantageOfTimes(roundTripOf(connection), synTime, synAckTime, handshakeAckTime);
}

/** The same of a round trip that is known, and the times of the three segments. */
export function vantageOfTimes(roundTrip: number, synTime: number, synAckTime: number, ackTime: number): Vantage {
  if (!(roundTrip > 2 * OWN_ANSWER)) return 'unknown';
  const serverHalf = synAckTime - synTime;
  const clientHalf = ackTime - synAckTime;
  if (!(serverHalf >= 0 && clientHalf >= 0)) return 'unknown';
  const limit = Math.max(OWN_ANSWER, roundTrip * OWN_HALF);
  if (clientHalf < limit && serverHalf > limit) return 'client';
  if (serverHalf < limit && clientHalf > limit) return 'server';
  return 'between';
}

function sideOf(direction: Direction, peer: Direction): Side {
  return {
    fin: direction.fin,
    finAckedFrame: direction.finAckedFrame,
    finAckedTime: direction.finAckedTime,
    rst: direction.rst,
    rstCount: direction.rstCount,
    acknowledged: peer.acked,
    hasAcknowledged: peer.ackKnown,
    payloadBytes: direction.payloadBytes,
    lostBytes: direction.lostBytes,
    lostUntil: direction.lostUntil,
    base: !direction.started ? null : direction.synSeen ? direction.base : sequenceAdd(direction.base, -1),
    retransmissions: direction.retransmissions,
    retransmittedFrame: direction.retransmittedFrame,
    retransmittedTime: direction.retransmittedTime,
    ttl: direction.ttl,
    seen: direction.started,
    synSeen: direction.synSeen,
    next: direction.next,
  };
}

/**
 * The history with those of its exchanges only that the connection's end may be about: from the last one on that a
 * response began for. No others are kept where nobody wants to see them (see HttpConnection), and rules must find the
 * same where somebody does.
 */
export function ofItsEnd(history: History): History {
  const { exchanges } = history;
  const last = exchanges.findLastIndex(({ response }) => response !== null);
  if (last <= 0) return history;
  const announced = exchanges.findIndex(({ request, response }) => request?.close || response?.close);
  const afterClose =
    announced >= 0 && announced < last ? ([exchanges[announced]!, exchanges[announced + 1]!] as const) : null;
  return {
    ...history,
    exchanges: exchanges.slice(last),
    afterClose: history.afterClose ?? afterClose,
    idleGaps: history.idleGaps.slice(-1),
  };
}
