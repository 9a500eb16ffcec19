// Does the connection stay open after this message? RFC 9112 9.3, its steps in its order.
import type { Fields } from './fields.ts';

/** True when the message says that the connection ends after the exchange. */
export function announcesClose(fields: Fields, minorVersion: number): boolean {
  // "close" present: it ends.
  if (fields.connectionClose) return true;
  // HTTP/1.1 or later: it persists.
  if (minorVersion >= 1) return false;
  // HTTP/1.0 with keep-alive: it persists; else it ends.
  return !fields.connectionKeepAlive;
}
