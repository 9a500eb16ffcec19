// What stands where in the rows of quiet connections and of their exchanges. Numbers only: the kernel, which is compiled to
// WebAssembly, imports this file too.

// CONNECTION. What every segment touches stands in the first 64 bytes, which are one line of the processor's cache.
export const SOURCE = 0;
export const DESTINATION = 1;
/** Source port in the upper half, destination port in the lower. */
export const PORTS = 2;
/** The bits below. */
export const STATE = 3;
export const CLIENT_NEXT = 4;
export const SERVER_NEXT = 5;
export const CLIENT_ACKED = 6;
export const SERVER_ACKED = 7;
export const CLIENT_ACKED_FRAME = 8;
export const SERVER_ACKED_FRAME = 9;
/** The latest window: the client's in the upper half, the server's in the lower. */
export const WINDOWS = 10;
export const LAST_FRAME = 11;
/** Wireshark's tcp.stream. */
export const STREAM = 12;
/** Place of the exchange under way or of the last one; -1 before the first. */
export const CURRENT = 13;
/** Double: bytes of the body or chunk that are still to come; in a trailer, its bytes so far. */
export const REMAINING = 14;

/** Place of the exchange before the current one, while that awaits its response; or -1. */
export const PREVIOUS = 16;
export const EXCHANGES = 17;
export const CLIENT_BASE = 18;
export const IDLE_AFTER_FRAME = 19;
/** Double. */
export const IDLE_SINCE = 20;
export const LAST_RESPONSE_END = 22;
/** The last gap: its end is 0 when there was none; durations are doubles. */
export const GAP_END_FRAME = 23;
export const GAP_DURATION = 24;
/** The number of its client and server for the observer, where PAIR_COUNTS does not tell it. */
export const PAIR = 26;
/** The place where that counts what happens between them; 0: nowhere. See ConnectionObserver. */
export const PAIR_COUNTS = 27;
export const GAP_AFTER_FRAME = 28;
/** The latest reading of the log behind which something was written into it about the connection. */
export const LOGGED = 29;
/** How often each one's sequence numbers have passed 2^32. */
export const CLIENT_WRAPS = 30;
export const SERVER_WRAPS = 31;

/** Two words: the beginning of a line of a chunked body, whose end is still to come; see kernel/body.ts. */
export const LINE_PART = 32;
export const SERVER_BASE = 34;
/** Number of the name in Host; see PRODUCT. */
export const HOST = 35;
/** Doubles. */
export const SYN_TIME = 36;
export const SYN_ACK_TIME = 38;
export const HANDSHAKE_ACK_TIME = 40;
export const FIRST_FRAME = 42;
export const HASH = 43;
/** TTL in the low byte, window scale in the next. */
export const CLIENT_LINK = 44;
export const SERVER_LINK = 45;
/** Numbers of the names in Server and User-Agent. 0: none seen. */
export const PRODUCT = 46;
export const USER_AGENT = 47;
/** Double: when the client acknowledged a part of the response under way, or something behind the server's FIN. */
export const SERVER_ACKED_TIME = 48;

/** The server's FIN. No body is under way behind it: it has the words of REMAINING and LINE_PART. The rest of it is told by
 * the numbers of both sides. The time is a double. */
export const SERVER_FIN_TIME = 14;
export const SERVER_FIN_FRAME = 32;
export const SERVER_FIN_LINK = 33;

/** The client's FIN, or a RST of either side. */
export const FIN_TIME = 50;
export const FIN_ACKNOWLEDGEMENT = 52;
/** TTL in the low byte, IP identification and one above it. */
export const FIN_LINK = 53;
export const FIN_FRAME = 54;
export const FIN_ACKED_FRAME = 55;
/** Double. */
export const FIN_ACKED_TIME = 56;
/** The other words of IPv6 addresses. */
export const SOURCE_1 = 58;
export const DESTINATION_1 = 61;
export const CONNECTION_STRIDE = 64;

// Bits of STATE. The lowest three: what the connection is about.
export const MODE = 0x7;
export const IDLE = 0;
export const REQUEST_BODY = 1;
export const WAITING = 2;
export const RESPONSE_BODY = 3;
/** A response that ends with the connection. */
export const RESPONSE_UNTIL_CLOSE = 4;
/** The body under way is chunked; then the next two bits say what comes next of it. */
export const CHUNKED = 0x8;
export const CHUNK_STATE = 0x30;
export const CHUNK_SIZE = 0x00;
export const CHUNK_DATA = 0x10;
export const CHUNK_END = 0x20;
export const TRAILER = 0x30;
/** The SYN-ACK was seen; the handshake's last segment is still to come; the client's FIN was seen. */
export const ANSWERED = 0x40;
export const AWAITS_HANDSHAKE_ACK = 0x80;
export const CLIENT_CLOSED = 0x100;
/** The server has acknowledged something; the client has. */
export const CLIENT_ACK_KNOWN = 0x200;
export const SERVER_ACK_KNOWN = 0x400;
/** The current request, or response, is not acknowledged to its end. */
export const REQUEST_UNACKED = 0x800;
export const RESPONSE_UNACKED = 0x1000;
export const IS_IPV6 = 0x2000;
/** A message of the current exchange announced the connection's end. */
export const CLOSE_ANNOUNCED = 0x8000;
/** The last gap was ended by a FIN, not by a request. */
export const GAP_ENDED_BY_FIN = 0x4000;
/** A part of the current request, or response, is acknowledged. */
export const REQUEST_PART_ACKED = 0x10000;
export const RESPONSE_PART_ACKED = 0x20000;
/** No further request need be looked at for the client's name; no further response for the server's. */
export const CLIENT_NAMED = 0x40000;
export const SERVER_NAMED = 0x80000;
/** It ended in order, and its row awaits that the program takes note of it. */
export const ENDED = 0x100000;
/** The server's FIN was seen; a RST was, of whom, and whether it had an acknowledgement number. */
export const SERVER_CLOSED = 0x200000;
export const RESET_BY_CLIENT = 0x400000;
export const RESET_BY_SERVER = 0x800000;
export const RESET_HAS_ACK = 0x1000000;
/** Somebody closed. */
export const CLOSING = 0xe00100;

// EXCHANGE: a request and a response, each a message of one cache line, and what is asked for less often.
export const REQUEST = 0;
export const RESPONSE = 16;
/** Doubles. */
export const REQUEST_LENGTH = 32;
export const REQUEST_BODY_BYTES = 34;
export const RESPONSE_LENGTH = 36;
export const RESPONSE_BODY_BYTES = 38;
export const KEEP_ALIVE_TIMEOUT = 40;
export const KEEP_ALIVE_MAX = 41;
export const TARGET_LENGTH = 42;
/** Hashes, and the number among the recent requests: see Request. */
export const REQUEST_ID = 43;
export const TRACE_ID = 44;
export const BODY_DIGEST = 45;
export const RECENT = 46;
export const TARGET = 47;
/** Bytes of a target that a row has room for; longer ones are kept beside the rows. */
export const MAX_ROW_TARGET = 132;
export const EXCHANGE_STRIDE = 80;

// MESSAGE, from its first word on.
export const START = 0;
export const END = 1;
export const MESSAGE_FIRST_FRAME = 2;
export const MESSAGE_LAST_FRAME = 3;
export const ACKNOWLEDGEMENT_AT_START = 4;
/** The bits below. */
export const ABOUT = 5;
export const FIRST_ACKED_FRAME = 6;
export const ACKED_FRAME = 7;
/** Doubles; the last two hold only when their frames are not 0. */
export const START_TIME = 8;
export const END_TIME = 10;
export const FIRST_ACKED_TIME = 12;
export const ACKED_TIME = 14;

// Bits of ABOUT. The lowest ten: a response's status, or the number of a request's method.
export const CODE = 0x3ff;
export const MINOR_VERSION_SHIFT = 10;
export const MINOR_VERSION = 0xf;
/** The place of the framing in a list. */
export const FRAMING_SHIFT = 14;
export const FRAMING = 0x7;
export const COMPLETE = 0x20000;
export const CLOSE = 0x40000;
export const CLOSE_OPTION = 0x80000;
/** Connection lists Keep-Alive. */
export const KEEP_ALIVE_LISTED = 0x100000;

/** Methods that a row may have, in the order of wake-connection.ts. CONNECT is none of them: it ends HTTP. */
export const GET = 0;
export const POST = 1;
export const PUT = 2;
export const HEAD = 3;
export const DELETE = 4;
export const OPTIONS = 5;
export const PATCH = 6;

/** Framings that a row may have, in the same way. A tunnel is none of them. */
export const NONE = 0;
export const BY_LENGTH = 1;
export const BY_CHUNKS = 2;
export const BY_CLOSE = 3;
