// UDP, RFC 768.
import { cutOff, type LinkPayload, notIp } from './link-decoder.ts';
import { tunnelOfPorts } from './tunnels.ts';

export const PROTOCOL_UDP = 17;

//   0  source port
//   2  destination port
//   4  length, with this header
//   6  checksum
export const UDP_SOURCE_PORT = 0;
export const UDP_DESTINATION_PORT = 2;
const LENGTH = 4;
export const UDP_HEADER_LENGTH = 8;

/** What the datagram at `start` carries, if its ports are those of a tunnel. `wireEnd`: where its packet ended. */
export function followUdp(view: DataView, start: number, end: number, wireEnd: number, payload: LinkPayload): void {
  if (start + UDP_HEADER_LENGTH > end) {
    cutOff(payload);
    return;
  }
  const tunnel = tunnelOfPorts(view.getUint16(start + UDP_SOURCE_PORT), view.getUint16(start + UDP_DESTINATION_PORT));
  const length = view.getUint16(start + LENGTH);
  const udpEnd = start + length;
  // A length of 0 is that of a packet which the network card cuts into segments; the IP packet's end holds then.
  const isPlausible = length === 0 || (length >= UDP_HEADER_LENGTH && udpEnd <= wireEnd);
  if (tunnel === undefined || !isPlausible) notIp(payload);
  else {
    const carriedEnd = length === 0 ? wireEnd : udpEnd;
    tunnel.decode(view, start + UDP_HEADER_LENGTH, Math.min(end, carriedEnd), carriedEnd, payload);
  }
}
