// Looking for bytes, sixteen at a time. What is read beyond `end` lies in the same memory and is not believed.

const LINE_FEED: u8 = 0x0a;

/** Address of the first line feed in [from, end), or -1. */
export function lineFeedIn(from: i32, end: i32): i32 {
  const lineFeeds = i8x16.splat(LINE_FEED);
  for (let at = from; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), lineFeeds));
    if (found !== 0) {
      const address = at + ctz(found);
      return address < end ? address : -1;
    }
  }
  return -1;
}

export function isBlank(byte: u8): bool {
  return byte === 0x20 || byte === 0x09;
}

export function isDigit(byte: u8): bool {
  return byte - 0x30 <= 9;
}

/** Address of the first byte in [from, end) that is not blank, or `end`. */
export function behindBlanks(from: i32, end: i32): i32 {
  let at = from;
  while (at < end && isBlank(load<u8>(at))) at++;
  return at;
}

/** Address behind the last byte in [from, end) that is not blank, or `from`. */
export function beforeBlanks(from: i32, end: i32): i32 {
  let at = end;
  while (at > from && isBlank(load<u8>(at - 1))) at--;
  return at;
}
