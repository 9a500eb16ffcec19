// Options, draft-ietf-opsawg-pcapng section 3.5: code (16 bits), length (16 bits), value padded to 32 bits; the code
// opt_endofopt or the end of the block ends them. A length that leads beyond the block ends them too: what stands
// before it still holds, and the reader is told.
import type { Interface } from './interface.ts';
import type { PcapngReader } from './pcapng-reader.ts';

const END_OF_OPTIONS = 0;
const OPTION_HEADER_LENGTH = 4;

/**
 * Calls `visit` for each option between `start` and `end`, with the index and the length of its value. For blocks of
 * which a capture has few.
 */
export function eachOption(
  reader: PcapngReader,
  start: number,
  end: number,
  visit: (code: number, value: number, length: number) => void,
): void {
  const { view, littleEndian } = reader;
  let option = start;
  while (option + OPTION_HEADER_LENGTH <= end) {
    const code = view.getUint16(option, littleEndian);
    const length = view.getUint16(option + 2, littleEndian);
    const value = option + OPTION_HEADER_LENGTH;
    if (code === END_OF_OPTIONS) return;
    if (value + length > end) {
      reader.optionTooLong(option, code, length, end - value);
      return;
    }
    visit(code, value, length);
    option = value + padded(length);
  }
}

/** Options epb_flags (its bits 5 to 8 are the FCS length in bytes, 0 when it says nothing) and epb_dropcount. */
const PACKET_FLAGS = 2;
const PACKET_DROP_COUNT = 4;

/** Takes from a packet's options what its frame and its interface want to know, without a call for each option. */
export function readPacketOptions(reader: PcapngReader, source: Interface, start: number, end: number): void {
  const { view, littleEndian } = reader;
  let option = start;
  while (option + OPTION_HEADER_LENGTH <= end) {
    const code = view.getUint16(option, littleEndian);
    const length = view.getUint16(option + 2, littleEndian);
    const value = option + OPTION_HEADER_LENGTH;
    if (code === END_OF_OPTIONS) return;
    if (value + length > end) {
      reader.optionTooLong(option, code, length, end - value);
      return;
    }
    if (code === PACKET_FLAGS && length >= 4) {
      const fcsLength = (view.getUint32(value, littleEndian) >>> 5) & 0xf;
      if (fcsLength !== 0) reader.fcsLength = fcsLength;
    } else if (code === PACKET_DROP_COUNT && length >= 8) {
      reader.droppedBefore(source, countAt(view, littleEndian, value));
    }
    option = value + padded(length);
  }
}

/** A 64-bit count; 0 for the number of all ones, by which writers say that they do not know. */
export function countAt(view: DataView, littleEndian: boolean, index: number): number {
  const high = view.getUint32(littleEndian ? index + 4 : index, littleEndian);
  const low = view.getUint32(littleEndian ? index : index + 4, littleEndian);
  return high === UNKNOWN && low === UNKNOWN ? 0 : high * 0x1_0000_0000 + low;
}
const UNKNOWN = 0xffff_ffff;

/** `length` rounded up to a multiple of 4. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
