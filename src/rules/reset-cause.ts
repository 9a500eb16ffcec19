// Why a RST came: what its shape and its circumstances tell, and what they leave open.
//
//   bare (no ACK flag)   The sender knew no such connection: it takes its sequence number from the acknowledgement number
//                        of the segment that it answers (RFC 9293 3.10.7.1). A host whose process, whose whole system or
//                        whose half of the connection is gone; a socket that was closed in both directions.
//   RST+ACK              The sender knew the connection. close() with received data unread makes the kernel send it in
//                        the place of FIN (RFC 1122 4.2.2.13, RFC 2525 2.17), and so does an abort (SO_LINGER 0). The two
//                        are built by the same code and look alike: only what could still lie unread tells them apart.
//   either               Something in between may have written it: it has another TTL, or comes sooner than the server
//                        can answer. Never proven, since routes change and TTLs can be copied.
//
// Turned down: the IP identification (Linux sets 0 in what no socket sends, and counts elsewhere), and a sequence number
// exactly at the window's edge (that is where an honest RST has it too).
import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import type { History } from '../history/history.ts';
import type { Request } from '../http/exchange.ts';
import type { Closing } from '../tcp/direction.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { type Asked, foreignTtlText, hasForeignTtl, provesNoSocket } from './facts.ts';
import type { Confidence } from './finding.ts';

export type ResetKind =
  /** Something between the ends seems to have sent it. */
  | 'middlebox'
  /** No such connection existed when the request arrived. */
  | 'no-socket'
  /** Sent before anything of the request had arrived. */
  | 'reset-crossed'
  /** close() while bytes of the client lay unread. */
  | 'unread-data'
  /** Nothing was left to be read: an abort. */
  | 'abort'
  /** One of the two. */
  | 'unread-or-abort';

export interface ResetCause {
  readonly kind: ResetKind;
  /** How sure the kind is; of 'unread-or-abort', that it is one of the two. */
  readonly confidence: Confidence;
  /** Something speaks for another sender, though not enough to say so. */
  readonly doubtful: boolean;
  /** What happened, in sentences, with what speaks for it. */
  readonly text: string;
}

/** Below this (ns) a handshake's half may be a host's own time, and tells nothing about the path. */
const TELLING_HALF = 10 * MILLISECOND;

/** Why the server's RST came. `exchange` is the one that it ended: unanswered, cut short, or answered. */
export function resetCause(history: History, rst: Closing, exchange: Asked): ResetCause {
  const { request, response } = exchange;
  const quick = tooQuickText(history, rst, exchange);
  if (hasForeignTtl(history, rst)) {
    const text = `${foreignTtlText(history, rst)}.${quick === '' ? '' : ` ${quick}`}`;
    return { kind: 'middlebox', confidence: 'likely', doubtful: false, text };
  }
  const cause = rst.hasAck ? causeWithAck(history, rst, exchange) : causeWithoutAck(history, rst, exchange);
  if (quick === '' || response !== null) return { ...cause, doubtful: false };
  const confidence = request.reordered ? 'possible' : 'likely';
  return { ...cause, confidence, doubtful: true, text: `${cause.text} ${quick} Something nearer may have sent it.` };
}

/**
 * The RST came sooner after the request than the server can answer: a segment takes the handshake's server half from the
 * capture point to the server and back. '' when it did not, or when it may have been on its way before.
 */
function tooQuickText(history: History, rst: Closing, { request, response }: Asked): string {
  const { serverHalf } = history;
  const waited = rst.time - request.startTime;
  if (response !== null || !(serverHalf >= TELLING_HALF) || !(waited >= 0 && waited < serverHalf / 2)) return '';
  // Without the request's bytes acknowledged it may answer an earlier segment, the acknowledgement of the last response.
  const gap = history.idleGaps.at(-1);
  const quietBefore = gap?.endFrame === request.firstFrame && gap.duration > 2 * serverHalf;
  // Of its answers one came as fast: the handshake was slow for another reason.
  const wasFast = history.exchanges.some(
    (one) => (one.response?.startTime ?? NaN) - (one.request?.endTime ?? NaN) < serverHalf / 2,
  );
  if (wasFast) return '';
  const answersRequest = rst.hasAck ? sequenceDifference(rst.acknowledgement, request.start) > 0 : quietBefore;
  if (!answersRequest) return '';
  return (
    `It came only ${durationText(waited)} after the request, though the way from the capture point to the server and back took ` +
    `${durationText(serverHalf)} in the handshake, with a round trip of ${durationText(history.rtt)} in all.`
  );
}

type Shape = Omit<ResetCause, 'doubtful'>;

function causeWithoutAck(history: History, rst: Closing, { request, response }: Asked): Shape {
  const behindFin = history.serverSide.fin !== null;
  if (response === null && provesNoSocket(rst, request)) {
    const why = behindFin
      ? 'the socket had been closed.'
      : 'the host knew no such connection when the request arrived (the process or the host had ended or was started ' +
        'anew, another host took over, or a close whose FIN never arrived). Other connections to this server that end in ' +
        'the same moment would speak for a process that ended.';
    const text =
      `The RST has no ACK flag and its sequence number is the acknowledgement number of the request: ${why}` +
      listenQueueText(history, request);
    return { kind: 'no-socket', confidence: 'proven', text };
  }
  const text = behindFin
    ? 'The RST has no ACK flag: the server had closed its socket in both directions, and its host answers every segment that comes later.'
    : 'The RST has no ACK flag: the host knew no such connection any more when a segment of the client arrived.';
  return { kind: 'no-socket', confidence: 'likely', text };
}

/**
 * A kernel whose listen queue is full drops the handshake's last segment and sends its SYN-ACK again; when it gives up,
 * a RST answers what the client has sent meanwhile. A lost segment looks alike, so this is a possibility only.
 */
function listenQueueText(history: History, request: Request): string {
  const { synAckAgainFrame, exchanges, exchangeCount } = history;
  if (synAckAgainFrame === 0 || exchangeCount > 1 || exchanges[0]?.request !== request) return '';
  return (
    ` Possibly its listen queue was full: it sent its SYN-ACK again (frame ${synAckAgainFrame}) after the client had ` +
    'acknowledged it, and so may never have accepted the connection. (A lost segment would look the same.)'
  );
}

function causeWithAck(history: History, rst: Closing, { request, response }: Asked): Shape {
  const { fin } = history.serverSide;
  const covered = sequenceDifference(rst.acknowledgement, request.start);
  if (response === null && covered <= 0) {
    const text =
      'The RST acknowledges nothing of the request: the server reset the connection before the request arrived.';
    return { kind: 'reset-crossed', confidence: 'proven', text };
  }
  const closing = fin ?? rst;
  if (fin?.hasAck && sequenceDifference(rst.acknowledgement, fin.acknowledgement) > 0) {
    const bytes = sequenceDifference(rst.acknowledgement, fin.acknowledgement);
    const text =
      `The RST acknowledges ${bytes} more bytes than the FIN before it (frame ${fin.frame}): the server had half-closed, ` +
      'took what came, and then closed its socket with some of it unread, which the kernel answers with RST.';
    return { kind: 'unread-data', confidence: 'likely', text };
  }
  if (response === null) {
    const text =
      "The RST acknowledges the request, so the server's TCP had it. It is one of two: the application closed the socket " +
      'with the request unread (the kernel then sends RST in the place of FIN), or it aborted the connection (SO_LINGER 0). ' +
      'The two look alike, and neither proves that the request was not processed.';
    return { kind: 'unread-or-abort', confidence: 'proven', text };
  }
  const unreadAtStart = sequenceDifference(response.acknowledgementAtStart, request.end) < 0 || !request.complete;
  if (unreadAtStart && closing.hasAck) {
    const text =
      'The response began before the whole request was there, and bytes of it that came later lay unread when the server ' +
      'closed its socket: the kernel then sends RST in the place of FIN.';
    return { kind: 'unread-data', confidence: 'likely', text };
  }
  const sentEnd = history.clientSide.fin?.sequence ?? history.clientSide.next;
  if (request.framing === 'none' && sequenceDifference(sentEnd, request.end) <= 0) {
    const text =
      'The request had no body and the client sent nothing after it, so nothing can have lain unread: the server ' +
      'aborted the connection (SO_LINGER 0, as frameworks do to destroy a socket).';
    return { kind: 'abort', confidence: 'likely', text };
  }
  const text =
    'The server aborted the connection (SO_LINGER 0), or closed it with bytes of the client unread in its receive buffer: ' +
    'it is one of the two, which look alike.';
  return { kind: 'unread-or-abort', confidence: 'likely', text };
}

/** What to look at, once the cause of a RST is known. */
export function resetAdvice(kind: ResetKind): string {
  switch (kind) {
    case 'middlebox':
      return 'Look at the devices between client and server: their idle timeout for flows must be longer than that of both ends, or the ends must send TCP keep-alive probes more often.';
    case 'unread-data':
      return 'Let the server read the request to its end, or close in stages: shut down its write side, read on until the client closes, then close.';
    case 'abort':
      return "Look into the server's log at this time for a crash, an abort or a timeout while it was sending, and for code that destroys the socket.";
    default:
      return "Look into the server's log at this time for a crash, an abort, a stopped worker or a timeout.";
  }
}
