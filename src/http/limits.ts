// How much of a message is looked at. Numbers only: the kernel, which is compiled to WebAssembly, imports this file too.

/** A head larger than this is given up (servers accept 8 to 64 KiB). */
export const MAX_HEAD_BYTES = 131_072;
/** A target that is longer is cut. */
export const MAX_TARGET = 8192;
/** Server, User-Agent and Host are looked for in this many messages of each direction, and until there is one: they do
 * not change. */
export const NAMED_MESSAGES = 2;
/** Body bytes that are hashed, at most. */
export const DIGEST_BYTES = 256;
