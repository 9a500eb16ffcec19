// What the kernel leaves for kernel.ts to read: why it is done, and what stands where in the log, in which it writes down what
// it has to tell (kernel/log.ts).
// Numbers only, as in quiet-layout.ts.

// Why a run of the kernel is over: there are no further plain records, or it was to take no more; it was offered a frame
// that it does not take; what it wrote down is to be read before it goes on.
export const NO_MORE = 0;
export const REFUSED = 1;
export const TO_BE_TOLD = 2;

export const LOG_ENTRIES = 256;

// An entry, by words of 32 bits; doubles begin at even places.
export const KIND = 0;
/** The connection's row. */
export const PLACE = 1;
/** The frame that told it. */
export const FRAME = 2;
/** The place of the exchange. */
export const EXCHANGE = 3;
/** Hash of method and target, or of the body's first bytes. */
export const HASH = 4;
/** The frame before an idle gap, and the request that ended it. */
export const AFTER_FRAME = 4;
export const REQUEST_FRAME = 3;
/** Doubles: when it happened, or the request that ended a gap was sent (ns); Content-Length, or how long the gap was (ns). */
export const TIME = 6;
export const LENGTH = 8;
export const DURATION = 8;
export const LOG_STRIDE = 10;

// Kinds.
/** A connection began. */
export const OPENED = 0;
/** Its first request: its client and server want a number. */
export const PAIRED = 1;
/** A request's head is complete. */
export const ASKED = 2;
/** The first bytes of such a request's body are known. */
export const BODY_BEGAN = 3;
/** A request that ended an idle gap was answered. */
export const REUSED = 4;
/** The connection ended in order: its row is not touched any more. */
export const ENDED = 5;
/** It was closed, otherwise: its row stays for a while. */
export const CLOSED = 6;
