// What stands where in the memory of duplicates.ts, which the kernel reads and writes too. Numbers only.

/** Segments that are still to be looked at. */
export const TO_WATCH = 0;
export const FIRST_SLOT = 8;

/** Latest segments that are remembered: a power of two, more than lie between two copies. */
export const SLOTS = 4096;
// A slot: words of 32 bits, and a double.
export const HASH = 0;
export const SEQUENCE = 1;
export const ACKNOWLEDGEMENT = 2;
/** Nanoseconds; NaN: none is remembered. */
export const TIME = 4;
export const SLOT_STRIDE = 8;

/** Copies lie so near each other (ns). Nobody retransmits as fast. */
export const NEAR = 5_000_000;
/** The same without an IP identification (IPv6, and hosts that always have 0), where only payload tells copies apart
 * from what was sent again: bare acknowledgements and resets come several times in all innocence. */
export const NEAR_WITHOUT_ID = 1_000_000;
