// Options, draft-ietf-opsawg-pcapng section 3.5: code (16 bits), length (16 bits), value padded to 32 bits; the code
// opt_endofopt or the end of the block ends them. A length that leads beyond the block ends them too: what stands
// before it still holds.

const END_OF_OPTIONS = 0;
const OPTION_HEADER_LENGTH = 4;

/**
 * Index of the value of the first option `code` between `start` and `end` whose value has at least `length` bytes;
 * -1 when there is none.
 */
export function findOption(
  view: DataView,
  littleEndian: boolean,
  start: number,
  end: number,
  code: number,
  length: number,
): number {
  let option = start;
  while (option + OPTION_HEADER_LENGTH <= end) {
    const optionCode = view.getUint16(option, littleEndian);
    const valueLength = view.getUint16(option + 2, littleEndian);
    const value = option + OPTION_HEADER_LENGTH;
    if (optionCode === END_OF_OPTIONS || value + valueLength > end) return -1;
    if (optionCode === code && valueLength >= length) return value;
    option = value + padded(valueLength);
  }
  return -1;
}

/** `length` rounded up to a multiple of 4. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
