// Addresses are bytes of the linear memory; a row's place counts 32-bit words, as in src/base/rows.ts.

/** A word of a row. */
export function word(place: i32, at: i32): i32 {
  return load<i32>((place + at) << 2);
}

export function setWord(place: i32, at: i32, value: i32): void {
  store<i32>((place + at) << 2, value);
}

/** A double of a row; `at` is an even word. */
export function double(place: i32, at: i32): f64 {
  return load<f64>((place + at) << 2);
}

export function setDouble(place: i32, at: i32, value: f64): void {
  store<f64>((place + at) << 2, value);
}

/** Two words of a row, the first one lower; `at` is even. */
export function long(place: i32, at: i32): i64 {
  return load<i64>((place + at) << 2);
}

export function setLong(place: i32, at: i32, value: i64): void {
  store<i64>((place + at) << 2, value);
}

/** Numbers of the network, which puts the highest byte first. */
export function big16(address: i32): i32 {
  return <i32>bswap<u16>(load<u16>(address));
}

export function big32(address: i32): i32 {
  return bswap<i32>(load<i32>(address));
}
