import { cHdlc } from './link/c-hdlc.ts';
import { ethernet } from './link/ethernet.ts';
import { ieee80211 } from './link/ieee-802-11.ts';
import { ieee80211Radiotap } from './link/ieee-802-11-radiotap.ts';
import { ipv4 } from './link/ipv4.ts';
import { ipv6 } from './link/ipv6.ts';
import { linuxSll } from './link/linux-sll.ts';
import { linuxSll2 } from './link/linux-sll2.ts';
import { loop } from './link/loop.ts';
import { nflog } from './link/nflog.ts';
import { nullLoopback } from './link/null.ts';
import { ppi } from './link/ppi.ts';
import { ppp } from './link/ppp.ts';
import { raw } from './link/raw.ts';
import type { LinkDecoder } from './link-decoder.ts';

/** Every link type that is decoded. */
export const LINK_DECODERS: readonly LinkDecoder[] = [
  ethernet,
  linuxSll,
  linuxSll2,
  nullLoopback,
  loop,
  raw,
  ipv4,
  ipv6,
  ppp,
  cHdlc,
  ieee80211,
  ieee80211Radiotap,
  nflog,
  ppi,
];

const BY_NUMBER = new Map(
  LINK_DECODERS.flatMap((decoder) => decoder.linkTypes.map((type) => [type, decoder] as const)),
);

export function linkDecoderOf(linkType: number): LinkDecoder | undefined {
  return BY_NUMBER.get(linkType);
}

/** The link type's name, or its number as text when it is not decoded. */
export function linkTypeName(linkType: number): string {
  return linkDecoderOf(linkType)?.name ?? String(linkType);
}
