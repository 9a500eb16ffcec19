// Start lines, as src/http/start-line.ts reads them, with the methods that a row may have.
import { DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT } from '../src/http/quiet-layout.ts';
import { isDigit } from './scan';

const SPACE: u8 = 0x20;

/** Of the request line that was read last: addresses of its target. */
export let targetStart: i32 = 0;
export let targetEnd: i32 = 0;

/** The number of the method of the request line in [start, end), without line end; -1: it is none, or not plain. */
export function readRequestLine(start: i32, end: i32): i32 {
  let method: i32;
  let length: i32;
  switch (load<i32>(start)) {
    case 0x20544547:
      method = GET;
      length = 3;
      break;
    case 0x54534f50:
      method = POST;
      length = 4;
      break;
    case 0x20545550:
      method = PUT;
      length = 3;
      break;
    case 0x44414548:
      method = HEAD;
      length = 4;
      break;
    case 0x454c4544:
      method = DELETE;
      length = 6;
      break;
    case 0x4954504f:
      method = OPTIONS;
      length = 7;
      break;
    case 0x43544150:
      method = PATCH;
      length = 5;
      break;
    default:
      return -1;
  }
  const versionStart = end - 8;
  let first = start + length;
  if (load<u8>(first) !== SPACE || versionStart <= first || !isHttp1(versionStart)) return -1;
  while (first < versionStart && load<u8>(first) === SPACE) first++;
  let last = versionStart;
  while (last > first && load<u8>(last - 1) === SPACE) last--;
  if (last === first || last === versionStart) return -1;
  targetStart = first;
  targetEnd = last;
  return method;
}

/** The status of the status line in [start, end), without line end, or -1. */
export function readStatusLine(start: i32, end: i32): i32 {
  if (end - start < 12 || !isHttp1(start) || load<u8>(start + 8) !== SPACE) return -1;
  const hundreds = load<u8>(start + 9);
  const tens = load<u8>(start + 10);
  const ones = load<u8>(start + 11);
  if (!isDigit(hundreds) || !isDigit(tens) || !isDigit(ones)) return -1;
  if (end - start > 12 && load<u8>(start + 12) !== SPACE) return -1;
  return (<i32>hundreds - 0x30) * 100 + (<i32>tens - 0x30) * 10 + (<i32>ones - 0x30);
}

/** 1 for 1.1, 0 for 1.0 and so on: the minor version at `address`. */
export function minorVersionAt(address: i32): i32 {
  return <i32>load<u8>(address) - 0x30;
}

/** `HTTP/1.` and a digit. */
function isHttp1(address: i32): bool {
  return (load<i64>(address) & 0x00ffffffffffffff) === 0x002e312f50545448 && isDigit(load<u8>(address + 7));
}
