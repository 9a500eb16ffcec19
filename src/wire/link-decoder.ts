/** ETHERTYPE_ numbers that link decoders tell apart. */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;
/** Transparent Ethernet bridging: a whole Ethernet frame, without its frame check sequence. */
export const ETHERTYPE_ETHERNET = 0x6558;

/** Where a link header, or a tunnel's, ends and what follows it. One reused record. */
export interface LinkPayload {
  /** EtherType of the payload: one of the three above; 0 for anything else, -1 when the header is cut off. */
  etherType: number;
  /** Index of the payload's first byte. */
  start: number;
}

/** The contract of a link type: one file each in `link/`, one line each in `link-types.ts`. */
export interface LinkDecoder {
  /** LINKTYPE_ numbers, see https://www.tcpdump.org/linktypes.html */
  readonly linkTypes: readonly number[];
  /** Wireshark's or tcpdump's name without prefix, e.g. ETHERNET. */
  readonly name: string;
  /** Reads the header that begins at `start`; `end` is behind the last captured byte. */
  decode(view: DataView, start: number, end: number, payload: LinkPayload): void;
}

/** The payload is something else than IP. */
export function notIp(payload: LinkPayload): void {
  payload.etherType = 0;
}

/** The captured bytes end inside the header. */
export function cutOff(payload: LinkPayload): void {
  payload.etherType = -1;
}

/** The payload is an Ethernet frame. */
export function isEthernet(start: number, payload: LinkPayload): void {
  payload.etherType = ETHERTYPE_ETHERNET;
  payload.start = start;
}

/** The payload is an IP packet if its version says so. */
export function followIpVersion(view: DataView, start: number, end: number, payload: LinkPayload): void {
  if (start >= end) {
    cutOff(payload);
    return;
  }
  const version = view.getUint8(start) >>> 4;
  if (version === 4) payload.etherType = ETHERTYPE_IPV4;
  else if (version === 6) payload.etherType = ETHERTYPE_IPV6;
  else {
    notIp(payload);
    return;
  }
  payload.start = start;
}
