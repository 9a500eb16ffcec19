/** ETHERTYPE_ numbers that link decoders tell apart. */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;

/** Where a link header ends and what follows it. One reused record. */
export interface LinkPayload {
  /** EtherType of the payload: 0x0800, 0x86dd; 0 for anything that is not IP, -1 when the header is cut off. */
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
