// What stands where in the rows that reuses are counted in: one for each pair of client and server, its client's longest
// reuses, and its server's histogram. Numbers only: the kernel, which is compiled to WebAssembly, imports this file too.

// PAIR. Words of 32 bits; doubles begin at even places.
export const REUSES = 0;
/** The place of the server's histogram; -1: it has none. */
export const HISTOGRAM = 1;
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
export const LAST_SINGLE_FRAME = 10;
/** The place of the client's longest reuses; -1 while there are none. */
export const LONGEST = 11;
/** Doubles, nanoseconds. A reuse after a time that is not longer is only counted for the server. */
export const COUNTED_FOR_SERVER = 12;
export const CLIENT_HALF = 14;
export const SERVER_HALF = 16;
export const LONGEST_WAIT = 18;
export const BUSY = 20;
export const FIRST_SINGLE_TIME = 22;
export const LAST_SINGLE_TIME = 24;
/** The same for the client. */
export const COUNTED_FOR_CLIENT = 26;
export const PAIR_STRIDE = 28;

/** LONGEST REUSES of a client, in falling order: so many are kept. */
export const LONGEST_KEPT = 4;
// Each is five doubles.
export const DURATION = 0;
export const REUSE_TIME = 2;
export const REUSE_STREAM = 4;
export const AFTER_FRAME = 6;
export const REUSE_FRAME = 8;
export const REUSE_STRIDE = 10;

// HISTOGRAM: a word for each bin, of which there are so many to the octave (a power of two): 1.1 % wide. They are read off
// the first bits of a double's mantissa.
export const BIN_BITS = 6;
/** Shift that leaves exponent and those bits of a double's upper word. */
export const BIN_SHIFT = 14;
/** From about 1 ms (2^20 ns) to about 2.4 h (2^43 ns); what lies outside is counted in the outermost bins. */
export const FIRST_BIN = 66_752;
export const BINS = 1472;
