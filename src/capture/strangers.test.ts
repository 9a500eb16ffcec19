import { expect, test } from 'vitest';
import { strangerIn } from './strangers.ts';

// Beginnings as editcap and other programs write them.
const EDITCAP = 'convert it first: editcap -F pcapng IN OUT.pcapng';

test.each([
  ['736e6f6f7000000000000002', `a Solaris snoop file; ${EDITCAP}`],
  ['6274736e6f6f700000000001', `a Bluetooth btsnoop file; ${EDITCAP}`],
  ['6970747261636520322e3000', `an AIX iptrace file; ${EDITCAP}`],
  ['5254535301010100ea070b00', `a Microsoft Network Monitor 1 file; ${EDITCAP}`],
  ['474d425500020100ea070b00', `a Microsoft Network Monitor 2 file; ${EDITCAP}`],
  ['5452534e494646206461746120202020', `a Sniffer (DOS) file; ${EDITCAP}`],
  ['584350003030322e30303100', `a NetXRay or Sniffer (Windows) file; ${EDITCAP}`],
  ['4f62736572766572506b744275666665', `a Network Instruments Observer file; ${EDITCAP}`],
  ['545200640000000000000080', `an HP-UX nettl file; ${EDITCAP}`],
  ['05564e466e00000019', `a Visual Networks file; ${EDITCAP}`],
  ['aaaaaaaa20000000', `a 5View file; ${EDITCAP}`],
  ['01104c000105547261636520', `a Novell LANalyzer file; ${EDITCAP}`],
  ['2b2d2d2d2d2d2d2d2d2d2b2d2d2d2d2d', `a K12 text file; ${EDITCAP}`],
  ['fd377a585a000004', 'compressed with xz; decompress it first: xz -dc'],
  ['504b030414000000', 'a zip archive; unpack it first'],
])('%s', (bytes, what) => {
  expect(strangerIn(Buffer.from(bytes, 'hex'))).toBe(what);
});

test('what nobody knows is none of them', () => {
  expect(strangerIn(Buffer.from('snoo'))).toBeUndefined();
  expect(strangerIn(Buffer.from('{"a": 1}'))).toBeUndefined();
});
