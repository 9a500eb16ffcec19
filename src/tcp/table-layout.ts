// Numbers of the connection table that the kernel, which is compiled to WebAssembly, has to know as well: it imports this
// file too.

/** References of the connection table from here on are rows of the quiet lane. */
export const ROW = 0x40000000;

/** Where the bytes of a connection ended (ends.ts), when both halves are 0; 0 itself is unknown. */
export const NEARLY_NOTHING = 1;

/** Partitions of all connections, by their hash; more tables than this cannot share them. */
export const PARTITIONS = 64;

// The table's counters, by words.
/** Connections so far: the next one's stream number. */
export const STREAMS = 0;
/** Slots in use. */
export const USED = 1;
/** Segments that came for a connection after it was retired. */
export const LATE = 2;
/** The first of one for each partition: its connections and rows in the table. */
export const OPEN = 3;
/** Those of them that are closed and stay for a while. */
export const LINGERING = OPEN + PARTITIONS;
export const COUNTERS = LINGERING + PARTITIONS;

/**
 * The client acknowledges a SYN-ACK at once, and else gets it again after a second (RFC 6298 2.1): what comes later than this
 * (ns) behind it is not the handshake's last segment, which the capture lacks then.
 */
export const LATEST_HANDSHAKE_ACK = 1e9;
