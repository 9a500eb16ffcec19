// The report for tools that take records: one JSON object a line, each with a `type`. What stands in a line is what
// stands in the JSON report under the same name; an exchange and an idle gap name their connection by `stream`, and
// exchanges their place on it by `index`.
//
//   {"type":"report","schema":"finrace-ndjson/1",…}     first
//   {"type":"capture",…}  {"type":"totals",…}
//   {"type":"connection","stream":0,…}  {"type":"exchange","stream":0,"index":0,…}  {"type":"idleGap","stream":0,…}
//   {"type":"server",…}  {"type":"finding",…}  {"type":"omittedFindings",…}
//   {"type":"gate",…}                                    last, where a verdict was asked for
import { jsonFor } from './escape.ts';
import type { Format } from './format.ts';
import {
  batched,
  captureJson,
  connectionJson,
  exchangeJson,
  findingJson,
  gateJson,
  idleGapJson,
  omittedJson,
  serverJson,
  totalsJson,
} from './json.ts';
import type { Report } from './report.ts';

/** Name and version of the format. */
export const NDJSON_SCHEMA = 'finrace-ndjson/1';

export const ndjson: Format = {
  render: (report) => batched(lines(report)),
};

function* lines(report: Report): Iterable<string> {
  const { timeline, detail } = report;
  const { version, hiddenFindings } = report;
  yield line('report', { schema: NDJSON_SCHEMA, tool: { name: 'finrace', version }, detail, hiddenFindings });
  for (const capture of report.captures) yield line('capture', captureJson(capture, timeline));
  yield line('totals', totalsJson(report));
  for (const history of detail === 'findings' ? [] : report.connections) {
    const { stream } = history;
    yield line('connection', connectionJson(history, timeline, false));
    if (detail !== 'exchanges') continue;
    for (const [index, exchange] of history.exchanges.entries()) {
      yield line('exchange', { stream, index, ...exchangeJson(exchange, timeline) });
    }
    for (const gap of history.idleGaps) yield line('idleGap', { stream, ...idleGapJson(gap) });
  }
  for (const server of report.servers) yield line('server', serverJson(server));
  for (const finding of report.findings) yield line('finding', findingJson(finding, timeline));
  for (const omitted of report.omittedFindings) yield line('omittedFindings', omittedJson(omitted));
  if (report.gate !== null) yield line('gate', gateJson(report.gate));
}

function line(type: string, fields: object): string {
  return `${jsonFor({ type, ...fields })}\n`;
}
