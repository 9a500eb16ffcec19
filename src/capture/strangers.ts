// Files that are no pcap or pcapng but can be told by their first bytes: other programs' captures, which Wireshark's
// editcap converts, and compressions and archives that are not read. The numbers are those of Wireshark's wiretap.

interface Stranger {
  /** The first bytes, one character each. */
  readonly begins: string;
  readonly name: string;
  readonly remedy: string;
}

const EDITCAP = 'convert it first: editcap -F pcapng IN OUT.pcapng';

const capture = (name: string, ...beginnings: readonly string[]): readonly Stranger[] =>
  beginnings.map((begins) => ({ begins, name, remedy: EDITCAP }));

const packed = (name: string, remedy: string, begins: string): Stranger => ({ begins, name, remedy });

const STRANGERS: readonly Stranger[] = [
  ...capture('a Solaris snoop file', 'snoop\0\0\0'),
  ...capture('a Bluetooth btsnoop file', 'btsnoop\0'),
  ...capture('an AIX iptrace file', 'iptrace 1.0', 'iptrace 2.0'),
  ...capture('a Microsoft Network Monitor 1 file', 'RTSS'),
  ...capture('a Microsoft Network Monitor 2 file', 'GMBU'),
  ...capture('a Sniffer (DOS) file', 'TRSNIFF data'),
  ...capture('a NetXRay or Sniffer (Windows) file', 'XCP\0', 'VL\0\0'),
  ...capture('a Network Instruments Observer file', 'ObserverPktBuffe'),
  ...capture('an EtherPeek or OmniPeek file', '\x7fver'),
  ...capture('a Visual Networks file', '\x05VNF'),
  ...capture('a 5View file', '\xaa\xaa\xaa\xaa'),
  ...capture('an HP-UX nettl file', 'TR\0d\0'),
  ...capture('a Tektronix K12 file', '\0\0\x02\0\x12\x05\0\x10'),
  ...capture('a Colasoft Capsa file', 'cpse'),
  ...capture('an Aethra file', 'V0208'),
  ...capture('a Novell LANalyzer file', '\x01\x10\x4c\0\x01\x05'),
  ...capture('a K12 text file', '+---------+-----'),
  ...capture('an Ixia pcap file', '\xac\x01\0\x1c', '\xab\x01\0\x1c', '\x1c\0\x01\xac', '\x1c\0\x01\xab'),
  packed('compressed with bzip2', 'decompress it first: bzip2 -dc', 'BZh'),
  packed('compressed with xz', 'decompress it first: xz -dc', '\xfd7zXZ\0'),
  packed('compressed with compress', 'decompress it first: gzip -dc', '\x1f\x9d'),
  packed('compressed with lzip', 'decompress it first: lzip -dc', 'LZIP'),
  packed('a zip archive', 'unpack it first', 'PK\x03\x04'),
  packed('a 7z archive', 'unpack it first', '7z\xbc\xaf\x27\x1c'),
  packed('a RAR archive', 'unpack it first', 'Rar!\x1a\x07'),
];

/** What a file is that begins with these bytes, and what to do about it; undefined when it is none of them. */
export function strangerIn(first: Buffer): string | undefined {
  const found = STRANGERS.find(({ begins }) => first.toString('latin1', 0, begins.length) === begins);
  return found && `${found.name}; ${found.remedy}`;
}
