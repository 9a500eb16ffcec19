// What stands where in the memory of recent-requests.ts, in which the kernel writes down requests too. Numbers only.

/** The place of the first request's row, and how many rows there are (a power of two). */
export const ROWS = 0;
export const CAPACITY = 1;
/** Double: how many requests there were. */
export const COUNT = 2;
export const HEADER = 4;

/** Requests that are remembered: about 3 MB. A lost request is judged seconds after it was lost, at the latest. */
export const RECENT_CAPACITY = 65_536;

// A request's row, of ten 32-bit words: four numbers, and three doubles at even places.
export const KEY = 0;
export const STREAM = 1;
export const DIGEST = 2;
/** Number (its lower 32 bits) of the request before, with a key in the same bucket. */
export const BEFORE = 3;
export const FRAME = 4;
export const TIME = 6;
export const LENGTH = 8;
export const STRIDE = 10;
