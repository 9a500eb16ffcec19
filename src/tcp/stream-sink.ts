// Who receives reassembled bytes. The folder knows no HTTP: whoever frames messages implements this, once per
// connection. Every call names the direction whose bytes it is about; the circumstances of the bytes (frame, time,
// sequence number, the acknowledgement number sent with them) stand in the record `delivery` of direction.ts.
import type { Direction } from './direction.ts';

export interface StreamSink {
  /** The next bytes of the stream: `buffer[start, end)`, valid during the call only. */
  bytes(direction: Direction, buffer: Buffer, view: DataView, start: number, end: number): void;
  /** The next `length` bytes of the stream were captured but not kept, because `skippable` had said so. */
  skipped(direction: Direction, length: number): void;
  /** The next `length` bytes of the stream are not in the capture, though they were sent. */
  hole(direction: Direction, length: number): void;
  /** How many of the next bytes need not be handed over, only counted. */
  skippable(direction: Direction): number;
  /** The peer acknowledged bytes up to `direction.acked`, at or past `direction.acknowledgementWatch`. */
  acknowledged(direction: Direction): void;
  /** The direction's FIN, behind its last byte. */
  finished(direction: Direction): void;
}
