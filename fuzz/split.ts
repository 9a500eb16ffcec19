// The same bytes in other segments: each payload cut in two, anywhere. Of well-formed traffic nothing may change but
// the numbers of frames.
import type { Report } from '../src/report/report.ts';
import { pcapFile } from '../src/testing/capture-builder.ts';
import { LINKTYPE_RAW } from '../src/testing/transform-capture.ts';
import { FIN } from '../src/wire/segment.ts';
import { Random } from './chance.ts';
import { PCAP_RECORD_HEADER, recordsOf } from './records.ts';

const NANOSECOND_MAGIC = 0xa1b23c4d;
const HEADERS = 40;

/** `bytes`: as PacketWriter writes it, IPv4 without options. */
export function splitSegments(bytes: Buffer): Buffer {
  const random = new Random(bytes.length);
  const records = recordsOf(bytes)!.records.flatMap((record) => {
    const seconds = record.readUInt32LE(0);
    const fraction = record.readUInt32LE(4);
    const data = record.subarray(PCAP_RECORD_HEADER);
    const length = data.length - HEADERS;
    if (length < 2) return [{ seconds, fraction, data }];
    const at = random.between(1, length - 1);
    return [part(data, 0, at), part(data, at, length)].map((data) => ({ seconds, fraction, data }));
  });
  return pcapFile(records, { magic: NANOSECOND_MAGIC, linkType: LINKTYPE_RAW });
}

/** The packet with its payload from `from` to `to`; a FIN belongs to the last byte. */
function part(packet: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.concat([packet.subarray(0, HEADERS), packet.subarray(HEADERS + from, HEADERS + to)]);
  copy.writeUInt16BE(copy.length, 2);
  copy.writeUInt32BE((packet.readUInt32BE(24) + from) >>> 0, 24);
  if (HEADERS + to < packet.length) copy[33]! &= ~FIN;
  return copy;
}

/** What must not depend on how bytes are cut. */
export function factsOf(report: Report): string[] {
  const { findings, totals } = report;
  return [
    ...[...report.connections].flatMap(({ stream, protocol, closedBy, exchanges }) => [
      `stream ${stream}: ${protocol}, ${closedBy}`,
      ...exchanges.map(
        ({ request, response, interim }) =>
          `stream ${stream}: ${request?.method} ${request?.target} ${request?.complete} ${request?.close}` +
          ` ${interim.map(({ status }) => status)} ${response?.status} ${response?.complete} ${response?.close}`,
      ),
    ]),
    ...findings.map(
      ({ rule, severity, confidence, executed, delivered, client, server }) =>
        `${rule} ${severity} ${confidence} ${executed} ${delivered} ${client} ${server}`,
    ),
    JSON.stringify({ ...totals, frames: 0, tcpSegments: 0 }),
  ];
}
