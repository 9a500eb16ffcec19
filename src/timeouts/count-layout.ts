// What stands where in the rows that connections which ended in order, and reuses, are counted in: one for each pair of client
// and server, its client's longest reuses, its server and that one's histogram. Numbers only: the kernel, which is compiled to WebAssembly, imports this file too.

/** A client that closes sooner than this (ns) does not wait for a next request. */
export const SHORTEST_CLIENT_TIMEOUT = 100e6;

/** Stands for a stream that is not known yet: greater than all, and one of V8's small integers, which take no memory of their own. */
export const NO_STREAM = 0x7fffffff;

// PAIR. Words of 32 bits; doubles begin at even places.
/** The number that the program knows the pair by. It comes first: see ConnectionObserver. */
export const NUMBER = 0;
/** The place of the server's row. */
export const SERVER = 1;
export const CONNECTIONS = 2;
export const FIRST_STREAM = 3;
/** The connection that the known User-Agent was read from. */
export const AGENT_STREAM = 4;
/** Closes of idle connections that tell no timeout. */
export const CLOSES = 5;
/** Connections that were used once: see SingleUse. */
export const SINGLES = 6;
export const FIRST_SINGLE_STREAM = 7;
export const FIRST_SINGLE_FRAME = 8;
export const LAST_SINGLE_STREAM = 9;
export const REUSES = 10;
/** The place of the room for the client's longest reuses; -1: it has none yet. */
export const LONGEST = 11;
/** Doubles, nanoseconds. A reuse after a time that is not longer than this is only counted for the client. */
export const COUNTED_FOR_CLIENT = 12;
export const CLIENT_HALF = 14;
export const SERVER_HALF = 16;
export const LONGEST_WAIT = 18;
export const BUSY = 20;
export const FIRST_SINGLE_TIME = 22;
export const LAST_SINGLE_TIME = 24;
export const LAST_SINGLE_FRAME = 26;
/** Number of the client's name in User-Agent, when the kernel read it; 0: none. */
export const AGENT = 27;
/** Gaps that the capture's end cut off. */
export const UNFINISHED = 28;
/** Closes of idle connections by the server: how many, and the place of the first of their list. */
export const SERVER_CLOSES = 29;
export const EARLIEST_CLOSE = 30;
export const PAIR_STRIDE = 32;

// SERVER. What is added to it since it was moved; doubles begin at even places.
export const SERVER_CONNECTIONS = 0;
export const SERVER_FIRST_STREAM = 1;
export const SERVER_CLIENT_CLOSES = 2;
/** The connections that the known Server field, and the known Keep-Alive timeout, were read from. */
export const PRODUCT_STREAM = 3;
export const HINT_STREAM = 4;
/** The place of its histogram; -1: it has none. */
export const HISTOGRAM = 5;
/** Doubles; the last four in nanoseconds. */
export const SERVER_EXCHANGES = 6;
export const ROUND_TRIP = 8;
export const LEAST_CLIENT_HALF = 10;
export const LEAST_SERVER_HALF = 12;
/** A reuse after a time that is not longer is none of the server's longest. */
export const COUNTED_FOR_SERVER = 14;
/** So many doubles each, in falling order: the most exchanges, and the oldest ages (ns) at which connections were used. */
export const LARGEST_KEPT = 8;
export const MOST_EXCHANGES = 16;
export const LONGEST_AGES = MOST_EXCHANGES + 2 * LARGEST_KEPT;
export const SERVER_STRIDE = LONGEST_AGES + 2 * LARGEST_KEPT;

/** LONGEST REUSES of a client, in falling order: there is room for so many. */
export const LONGEST_KEPT = 4;
/** Word of the kernel's memory: the place of a room that nobody has taken yet; 0: there is none. */
export const SPARE_ROOM = 36;
/** Word of such a room: the place of the next one. */
export const NEXT_ROOM = 4;
// Each is five doubles.
export const DURATION = 0;
export const REUSE_TIME = 2;
export const REUSE_STREAM = 4;
export const AFTER_FRAME = 6;
export const REUSE_FRAME = 8;
export const REUSE_STRIDE = 10;
/** EARLIEST CLOSES of the server on a client (earliest-closes.ts). Two doubles, and the place of the next one behind its numbers. */
export const CLOSE_DURATION = 0;
export const CLOSE_TIME = 2;
export const CLOSE_STREAM = 4;
export const CLOSE_AFTER_FRAME = 5;
export const CLOSE_FRAME = 6;
export const NEXT_CLOSE = 7;
export const CLOSE_STRIDE = 8;
/** Stands for the place of none. */
export const NO_CLOSE = -1;
/** Behind the bins of a server's histogram there are its own longest reuses, so many. */
export const SERVER_LONGEST_KEPT = 16;

// INDEX, by which the rows of IPv4 pairs are found (pair-index.ts): the place of its entries, and how many there are (a power of
// two), less one.
export const ENTRIES = 0;
export const MASK = 1;
// An entry. Of the server's port, one more is kept: 0 is an empty entry.
export const ENTRY_CLIENT = 0;
export const ENTRY_SERVER = 1;
export const ENTRY_PORT = 2;
/** The place of the pair's row. */
export const ENTRY_ROW = 3;
export const ENTRY_STRIDE = 4;

// HISTOGRAM: a word for each bin, of which there are so many to the octave (a power of two): 1.1 % wide. They are read off
// the first bits of a double's mantissa.
export const BIN_BITS = 6;
/** Shift that leaves exponent and those bits of a double's upper word. */
export const BIN_SHIFT = 14;
/** From about 1 ms (2^20 ns) to about 2.4 h (2^43 ns); what lies outside is counted in the outermost bins. */
export const FIRST_BIN = 66_752;
export const BINS = 1472;
