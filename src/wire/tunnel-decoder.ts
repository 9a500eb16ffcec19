import type { LinkPayload } from './link-decoder.ts';

/** The contract of a tunnel over IP or UDP: one file each in `tunnel/`, one line each in `tunnels.ts`. */
export interface TunnelDecoder {
  readonly name: string;
  /** Numbers of IP protocols that are this tunnel. */
  readonly protocols: readonly number[];
  /**
   * UDP ports that it has at one of its ends. A port proves nothing: over UDP the decoder looks at everything in the
   * header that has one right value, and calls what is no such header `notIp`.
   */
  readonly udpPorts: readonly number[];
  /**
   * Reads the tunnel's header at `start`. `end` is behind the last captured byte, `wireEnd` where what the carrier
   * carries ended on the wire.
   */
  decode(view: DataView, start: number, end: number, wireEnd: number, payload: LinkPayload): void;
}
