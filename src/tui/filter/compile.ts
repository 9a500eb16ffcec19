// Makes a test of rows out of a filter. A field has any number of values in a row (a connection has two ports, and the
// statuses of all of its exchanges): a comparison holds when it holds for one of them, as in Wireshark.
//
// A million rows are to be tested within a tenth of a second, and most of them have the same few texts. So what a
// filter says of a text or an address is found out once for each text's number, and remembered.

import { withoutPort } from '../../history/endpoint.ts';
import type { ServerReport } from '../../report/report.ts';
import { type Finding, SEVERITIES } from '../../rules/finding.ts';
import type { Model } from '../model/model.ts';
import {
  CLIENT_FIN,
  CLIENT_RST,
  CLOSED_BY,
  HAS_REQUEST,
  HAS_RESPONSE,
  PROTOCOLS,
  SERVER_FIN,
  SERVER_RST,
  VANTAGES,
  WORST,
} from '../model/schemas.ts';
import type { FieldName } from './fields.ts';
import type { Network } from './network.ts';
import type { Expression, Value } from './parser.ts';
import type { Pattern } from './pattern.ts';

/** Is the row one of those that are asked for? `row`: a stream number, or the index of an exchange. */
export type RowTest = (row: number) => boolean;

/** A test of one value. */
interface ValueTest {
  number(value: number): boolean;
  text(value: string): boolean;
  /** A text by its number in the table of strings. */
  textNumber(value: number): boolean;
}

/** Does one of the row's values of a field pass? Null: rows of this kind have no such field. */
type FieldTest = (field: FieldName, test: ValueTest) => RowTest | null;

const NEVER: RowTest = () => false;

/** The tests of the four lists. */
export interface Tests {
  readonly connection: RowTest;
  readonly exchange: RowTest;
  finding(finding: Finding): boolean;
  server(server: ServerReport): boolean;
}

/** Good for as long as the model does not change: what it holds is looked at where it lies now. */
export function compile(expression: Expression, model: Model): Tests {
  const connection = compileFor(expression, model, connectionFields(model), connectionSearch(model));
  const present = model.holes === 0 ? connection : (row: number) => model.isPresent(row) && connection(row);
  const exchange = compileFor(expression, model, exchangeFields(model), exchangeSearch(model));
  return {
    connection: present,
    exchange,
    finding(finding) {
      const fields = findingFields(model, finding);
      return compileFor(expression, model, fields, (text) => () => findingText(finding).includes(text))(0);
    },
    server(server) {
      const text = `${server.server} ${server.product ?? ''}`.toLowerCase();
      return compileFor(expression, model, serverFields(model, server), (word) => () => text.includes(word))(0);
    },
  };
}

function compileFor(
  expression: Expression,
  model: Model,
  fields: FieldTest,
  search: (text: string) => RowTest,
): RowTest {
  switch (expression.kind) {
    case 'and': {
      const tests = expression.parts.map((part) => compileFor(part, model, fields, search));
      return tests.reduce((first, second) => (row) => first(row) && second(row));
    }
    case 'or': {
      const tests = expression.parts.map((part) => compileFor(part, model, fields, search));
      return tests.reduce((first, second) => (row) => first(row) || second(row));
    }
    case 'not': {
      const test = compileFor(expression.part, model, fields, search);
      return (row) => !test(row);
    }
    case 'search':
      return search(expression.text);
    case 'exists': {
      const { field } = expression;
      const always = field.type === 'flag' ? valueTest(model, (value) => value === 1) : valueTest(model, () => true);
      return fields(field.name as FieldName, always) ?? NEVER;
    }
    case 'in': {
      const test = valueTest(model, (value) =>
        expression.ranges.some(([low, high]) =>
          typeof low === 'number' ? Number(value) >= low && Number(value) <= (high as number) : equals(value, low),
        ),
      );
      return fields(expression.field.name as FieldName, test) ?? NEVER;
    }
    case 'compare': {
      const name = expression.field.name as FieldName;
      const { relation, value } = expression;
      if (relation === '!=') {
        const test = fields(
          name,
          valueTest(model, (other) => equals(other, value)),
        );
        // A row without such a field is not unequal: there is nothing to compare.
        return test === null ? NEVER : (row) => !test(row);
      }
      return fields(name, valueTest(model, comparison(relation, value))) ?? NEVER;
    }
  }
}

function comparison(relation: string, value: Value): (other: number | string) => boolean {
  switch (relation) {
    case '>':
      return (other) => Number(other) > (value as number);
    case '<':
      return (other) => Number(other) < (value as number);
    case '>=':
      return (other) => Number(other) >= (value as number);
    case '<=':
      return (other) => Number(other) <= (value as number);
    case 'contains':
      return (other) =>
        String(other)
          .toLowerCase()
          .includes(value as string);
    case '~':
      return (other) => (value as Pattern).test(String(other));
    default:
      return (other) => equals(other, value);
  }
}

function equals(other: number | string, value: Value): boolean {
  if (typeof value === 'number') return other === value;
  if (typeof value === 'string') return String(other).toLowerCase() === value;
  return value !== null && 'holds' in value && (value as Network).holds(String(other));
}

/** `isTrue` for values, and for texts by their number: each text is looked at once. */
function valueTest(model: Model, isTrue: (value: number | string) => boolean): ValueTest {
  return {
    number: isTrue,
    text: isTrue,
    textNumber: remembering(model, (text) => text !== '' && isTrue(text)),
  };
}

const UNKNOWN = 0;
const NO = 1;
const YES = 2;

function remembering(model: Model, isTrue: (text: string) => boolean): (number: number) => boolean {
  let known = new Uint8Array(1024);
  return (number) => {
    if (number >= known.length) {
      const grown = new Uint8Array(Math.max(number + 1, known.length * 2));
      grown.set(known);
      known = grown;
    }
    if (known[number] === UNKNOWN) known[number] = isTrue(model.strings[number]!) ? YES : NO;
    return known[number] === YES;
  };
}

// ---- connections

function connectionFields(model: Model): FieldTest {
  const ofFindings = findingsOfStreamFields(model);
  const ofExchanges = exchangeOnlyFields(model);
  return (field, test) => {
    const own = connectionOnlyFields(model)(field, test) ?? ofFindings(field, test);
    if (own !== null) return own;
    const exchange = ofExchanges(field, test);
    if (exchange === null) return null;
    return (row) => {
      const { firstExchange, heldExchanges } = model.connections.columns;
      const first = firstExchange[row]!;
      const end = first + heldExchanges[row]!;
      for (let index = first; index < end; index++) if (exchange(index)) return true;
      return false;
    };
  };
}

function connectionOnlyFields(model: Model): FieldTest {
  const c = model.connections.columns;
  return (field, test) => {
    const mark = (bits: number): RowTest => {
      const ifSo = test.number(1);
      const ifNot = test.number(0);
      return (row) => ((c.marks[row]! & bits) !== 0 ? ifSo : ifNot);
    };
    const words = (column: 'closedBy' | 'vantage', list: readonly string[]): RowTest => {
      const results = list.map((word) => test.text(word));
      return (row) => results[c[column][row]!]!;
    };
    const speaks = (protocol: string): RowTest => {
      const number = PROTOCOLS.indexOf(protocol as (typeof PROTOCOLS)[number]);
      return (row) => test.number(c.protocol[row] === number ? 1 : 0);
    };
    const number = (column: 'rtt' | 'duration' | 'longestIdle' | 'closeDelay' | 'exchanges'): RowTest => {
      return (row) => test.number(c[column][row]!);
    };
    switch (field) {
      case 'tcp.stream':
        return (row) => test.number(row);
      case 'frame.number':
        return (row) => overlaps(test, c.firstFrame[row]!, c.lastFrame[row]!);
      case 'frame.time_relative': {
        const { start } = model;
        return (row) => test.number((c.openTime[row]! - start) / 1e9);
      }
      case 'ip.addr':
      case 'ip.src':
      case 'ip.dst':
      case 'ipv6.addr':
        return (row) => test.textNumber(c.clientAddress[row]!) || test.textNumber(c.serverAddress[row]!);
      case 'tcp.port':
      case 'tcp.srcport':
      case 'tcp.dstport':
        return (row) => test.number(c.serverPort[row]!) || test.number(c.clientPort[row]!);
      case 'tcp.flags.fin':
        return mark(CLIENT_FIN | SERVER_FIN);
      case 'tcp.flags.reset':
        return mark(CLIENT_RST | SERVER_RST);
      case 'http':
        return speaks('http/1');
      case 'http2':
        return speaks('http/2');
      case 'tls':
        return speaks('tls');
      case 'http.user_agent':
        return (row) => test.textNumber(c.userAgent[row]!);
      case 'http.server':
        return (row) => test.textNumber(c.product[row]!);
      case 'finrace.idle':
        return number('longestIdle');
      case 'finrace.duration':
        return number('duration');
      case 'finrace.exchanges':
        return number('exchanges');
      case 'finrace.close_delay':
        return number('closeDelay');
      case 'finrace.rtt':
        return number('rtt');
      case 'finrace.bytes':
        return (row) => test.number(c.clientBytes[row]! + c.serverBytes[row]!);
      case 'finrace.closed_by':
        return words('closedBy', CLOSED_BY);
      case 'finrace.vantage':
        return words('vantage', VANTAGES);
      default:
        return null;
    }
  };
}

/** A comparison holds for a stretch of frames when it holds for one of them. Sets and bounds are tried at their ends. */
function overlaps(test: ValueTest, first: number, last: number): boolean {
  if (test.number(first) || test.number(last)) return true;
  for (let frame = first + 1; frame < Math.min(last, first + LONGEST_STRETCH); frame++) {
    if (test.number(frame)) return true;
  }
  return false;
}
/** Frames of a stretch that are tried one by one. */
const LONGEST_STRETCH = 100_000;

function findingsOfStreamFields(model: Model): FieldTest {
  return (field, test) => {
    if (field === 'finrace.severity') {
      const results = WORST.map((severity) => severity !== null && test.number(SEVERITIES.indexOf(severity)));
      return (row) => results[model.verdicts.columns.worst[row]!]!;
    }
    if (!FINDING_FIELDS.includes(field)) return null;
    return (row) => {
      if (model.verdicts.columns.worst[row] === 0) return false;
      return (model.findingsOfStream.get(row) ?? []).some((finding) => ofFinding(finding, field, test));
    };
  };
}

function connectionSearch(model: Model): (text: string) => RowTest {
  return (text) => {
    const has = remembering(model, (candidate) => candidate.toLowerCase().includes(text));
    const hasPort = /^:?\d{1,5}$/.test(text) ? Number(text.replace(':', '')) : null;
    const endpoint = text.includes(':') && /\d$/.test(text) ? text : null;
    const { exchanges, connections } = model;
    return (row) => {
      const c = connections.columns;
      if (has(c.clientAddress[row]!) || has(c.serverAddress[row]!) || has(c.product[row]!) || has(c.userAgent[row]!)) {
        return true;
      }
      if (hasPort !== null && (c.clientPort[row] === hasPort || c.serverPort[row] === hasPort)) return true;
      if (endpoint !== null && (model.clientOf(row).includes(endpoint) || model.serverOf(row).includes(endpoint))) {
        return true;
      }
      const end = c.firstExchange[row]! + c.heldExchanges[row]!;
      for (let i = c.firstExchange[row]!; i < end; i++) {
        if (has(exchanges.columns.target[i]!) || has(exchanges.columns.host[i]!)) return true;
      }
      if (model.verdicts.columns.worst[row] === 0) return false;
      return (model.findingsOfStream.get(row) ?? []).some((finding) => findingText(finding).includes(text));
    };
  };
}

// ---- exchanges

function exchangeFields(model: Model): FieldTest {
  const own = exchangeOnlyFields(model);
  const ofConnection = connectionFields(model);
  const { exchanges } = model;
  return (field, test) => {
    switch (field) {
      case 'frame.number':
        return (row) => overlaps(test, model.firstFrameOf(row), exchanges.columns.lastFrame[row]!);
      case 'frame.time_relative': {
        const { start } = model;
        return (row) => test.number((exchanges.columns.startTime[row]! - start) / 1e9);
      }
      case 'finrace.idle':
        return (row) => test.number(exchanges.columns.idleBefore[row]!);
      case 'finrace.duration':
        return (row) => test.number(exchanges.columns.total[row]!);
    }
    const test1 = own(field, test);
    if (test1 !== null) return test1;
    const connection = ofConnection(field, test);
    return connection === null ? null : (row) => connection(exchanges.columns.stream[row]!);
  };
}

function exchangeOnlyFields(model: Model): FieldTest {
  const e = model.exchanges.columns;
  return (field, test) => {
    const mark = (bit: number): RowTest => {
      const ifSo = test.number(1);
      const ifNot = test.number(0);
      return (row) => ((e.marks[row]! & bit) !== 0 ? ifSo : ifNot);
    };
    switch (field) {
      case 'http.request':
        return mark(HAS_REQUEST);
      case 'http.response':
        return mark(HAS_RESPONSE);
      case 'http.request.method':
        return (row) => test.textNumber(e.method[row]!);
      case 'http.request.uri':
        return (row) => test.textNumber(e.target[row]!);
      case 'http.host':
        return (row) => test.textNumber(e.host[row]!);
      case 'http.response.code':
        return (row) => e.status[row] !== 0 && test.number(e.status[row]!);
      case 'http.time':
        return (row) => test.number(e.wait[row]!);
      default:
        return null;
    }
  };
}

function exchangeSearch(model: Model): (text: string) => RowTest {
  return (text) => {
    const has = remembering(model, (candidate) => candidate.toLowerCase().includes(text));
    const status = /^\d{3}$/.test(text) ? Number(text) : null;
    const { exchanges, connections } = model;
    return (row) => {
      const e = exchanges.columns;
      if (has(e.target[row]!) || has(e.host[row]!) || has(e.method[row]!)) return true;
      if (status !== null && e.status[row] === status) return true;
      const stream = e.stream[row]!;
      return has(connections.columns.clientAddress[stream]!) || has(connections.columns.serverAddress[stream]!);
    };
  };
}

// ---- findings and servers

const FINDING_FIELDS: readonly FieldName[] = [
  'finrace.rule',
  'finrace.severity',
  'finrace.confidence',
  'finrace.id',
  'finrace.executed',
  'finrace.lost',
];
const CONFIDENCES = ['possible', 'likely', 'proven'] as const;

function ofFinding(finding: Finding, field: FieldName, test: ValueTest): boolean {
  switch (field) {
    case 'finrace.rule':
      return test.text(finding.rule) || finding.also.some(({ rule }) => test.text(rule));
    case 'finrace.severity':
      return test.number(SEVERITIES.indexOf(finding.severity));
    case 'finrace.confidence':
      return test.number(CONFIDENCES.indexOf(finding.confidence));
    case 'finrace.id':
      return test.text(finding.id);
    case 'finrace.executed':
      return finding.executed !== null && test.text(finding.executed);
    case 'finrace.lost':
      return test.number(finding.lostRequests);
    default:
      return false;
  }
}

function findingFields(model: Model, finding: Finding): FieldTest {
  const ofConnection = connectionFields(model);
  return (field, test) => {
    if (FINDING_FIELDS.includes(field)) return () => ofFinding(finding, field, test);
    if (field === 'frame.number') return () => finding.evidence.some(({ frame }) => test.number(frame));
    if (field === 'frame.time_relative') return () => test.number(model.sinceStart(finding.time));
    const { stream } = finding;
    if (stream !== null) {
      const connection = ofConnection(field, test);
      return connection === null ? null : () => model.isPresent(stream) && connection(stream);
    }
    return endpointField(field, test, [finding.server, ...(finding.client === null ? [] : [finding.client])]);
  };
}

function serverFields(model: Model, server: ServerReport): FieldTest {
  const findings = model.findings.filter((finding) => finding.server === server.server);
  return (field, test) => {
    if (FINDING_FIELDS.includes(field)) return () => findings.some((finding) => ofFinding(finding, field, test));
    if (field === 'http.server') return () => server.product !== null && test.text(server.product);
    if (field === 'finrace.exchanges') return () => test.number(server.exchanges);
    if (field === 'finrace.idle') return () => server.idleTimeout !== null && test.number(server.idleTimeout.value);
    if (field === 'http') return () => test.number(1);
    return endpointField(field, test, [server.server, ...server.clients.map(({ client }) => client)]);
  };
}

/** What the two ends of something say without a connection. */
function endpointField(field: FieldName, test: ValueTest, ends: readonly string[]): RowTest | null {
  switch (field) {
    case 'ip.addr':
    case 'ip.src':
    case 'ip.dst':
    case 'ipv6.addr':
      return () => ends.some((end) => test.text(hasPort(end) ? withoutPort(end) : end));
    case 'tcp.port':
    case 'tcp.srcport':
    case 'tcp.dstport':
      return () => ends.some((end) => hasPort(end) && test.number(Number(end.slice(end.lastIndexOf(':') + 1))));
    default:
      return null;
  }
}

/** "10.0.0.1:80" and "[fd00::1]:80" have one, "10.0.0.1" and "fd00::1" have none. */
function hasPort(endpoint: string): boolean {
  return /^(?:[^:]*|\[.*\]):\d+$/.test(endpoint);
}

function findingText(finding: Finding): string {
  const { id, rule, severity, server, client, summary, also } = finding;
  return [id, rule, severity, server, client ?? '', summary, ...also.map((other) => other.rule)]
    .join(' ')
    .toLowerCase();
}

/** All rows from 0 to `count` that pass, in their order. */
export function rowsThat(test: RowTest, count: number): Int32Array {
  const rows = new Int32Array(count);
  let found = 0;
  for (let row = 0; row < count; row++) if (test(row)) rows[found++] = row;
  return rows.slice(0, found);
}
