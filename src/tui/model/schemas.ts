// What is kept of every connection and of every exchange. Durations are seconds (NaN: unknown), times nanoseconds
// since the timeline's origin, texts their number in the table of strings (0: none).
import type { Severity } from '../../rules/finding.ts';

/** One row per connection, at the place of its stream number. About 80 bytes. */
export const CONNECTION = {
  marks: 'u8',
  clientAddress: 'i32',
  clientPort: 'u16',
  serverAddress: 'i32',
  serverPort: 'u16',
  protocol: 'u8',
  closedBy: 'u8',
  vantage: 'u8',
  firstFrame: 'i32',
  lastFrame: 'i32',
  openTime: 'f64',
  duration: 'f32',
  rtt: 'f32',
  exchanges: 'i32',
  longestIdle: 'f32',
  /** The idle gap behind the last exchange, and what ended it. */
  lastIdle: 'f32',
  lastIdleEnd: 'u8',
  closeDelay: 'f32',
  clientBytes: 'f32',
  serverBytes: 'f32',
  product: 'i32',
  userAgent: 'i32',
  /** Its exchanges stand side by side from here on, as far as they are held. */
  firstExchange: 'i32',
  heldExchanges: 'i32',
} as const;

/** What findings say of a connection: set anew with every report. */
export const VERDICT = { worst: 'u8', findings: 'u16' } as const;

/** One row per exchange. About 60 bytes. */
export const EXCHANGE = {
  stream: 'i32',
  requestFrame: 'i32',
  responseFrame: 'i32',
  lastFrame: 'i32',
  startTime: 'f64',
  /** How long the connection had been idle before the request. */
  idleBefore: 'f32',
  /** From the request's end to the response's begin, and from begin to end of it all. */
  wait: 'f32',
  total: 'f32',
  method: 'i32',
  target: 'i32',
  host: 'i32',
  status: 'u16',
  marks: 'u8',
  requestBytes: 'f32',
  responseBytes: 'f32',
} as const;

// Marks of a connection.
/** The row is one: streams outside of what was asked for leave a hole. */
export const PRESENT = 1;
export const OPEN = 2;
export const CLIENT_RST = 4;
export const SERVER_RST = 8;
export const CLIENT_FIN = 16;
export const SERVER_FIN = 32;
/** The capture lacks bytes of it. */
export const LACKS_BYTES = 64;

// Marks of an exchange.
export const HAS_REQUEST = 1;
export const HAS_RESPONSE = 2;
export const REQUEST_COMPLETE = 4;
export const RESPONSE_COMPLETE = 8;
/** Request, response announces the connection's end. */
export const REQUEST_CLOSES = 16;
export const RESPONSE_CLOSES = 32;

/** Words by their number in a column, beside those of history.ts. */
export { CLOSED_BY, GAP_ENDS, PROTOCOLS, VANTAGES } from '../../history/history.ts';
/** Place 0: no finding. */
export const WORST: readonly (Severity | null)[] = [null, 'info', 'warning', 'error'];
