// Tunnels over IP and UDP. Those over Ethernet (VLAN tags, PPPoE, MPLS, MAC-in-MAC) stand in ether-type.ts.

import { geneve } from './tunnel/geneve.ts';
import { gre } from './tunnel/gre.ts';
import { gtpU } from './tunnel/gtp-u.ts';
import { ipInIp } from './tunnel/ip-in-ip.ts';
import { mplsInIp } from './tunnel/mpls-in-ip.ts';
import { teredo } from './tunnel/teredo.ts';
import { vxlan } from './tunnel/vxlan.ts';
import { vxlanGpe } from './tunnel/vxlan-gpe.ts';
import type { TunnelDecoder } from './tunnel-decoder.ts';

export const TUNNEL_DECODERS: readonly TunnelDecoder[] = [ipInIp, gre, mplsInIp, vxlan, vxlanGpe, geneve, gtpU, teredo];

const BY_PROTOCOL = new Map(
  TUNNEL_DECODERS.flatMap((decoder) => decoder.protocols.map((protocol) => [protocol, decoder] as const)),
);
const BY_PORT = new Map(TUNNEL_DECODERS.flatMap((decoder) => decoder.udpPorts.map((port) => [port, decoder] as const)));

export function tunnelOfProtocol(protocol: number): TunnelDecoder | undefined {
  return BY_PROTOCOL.get(protocol);
}

/** A tunnel's sender may take any port for its own, so the destination is asked first. */
export function tunnelOfPorts(source: number, destination: number): TunnelDecoder | undefined {
  return BY_PORT.get(destination) ?? BY_PORT.get(source);
}
