import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { messagesOf } from '../../testing/tui-messages.ts';
import { Model } from '../model/model.ts';
import { compile, rowsThat } from './compile.ts';
import { FilterError } from './lexer.ts';
import { parseFilter } from './parser.ts';

const RACE = readFileSync(
  fileURLToPath(new URL('../../../fixtures/captures/lab/race-node.client.pcap', import.meta.url)),
);
const model = new Model();
beforeAll(async () => {
  for (const message of await messagesOf(RACE)) model.take(message);
});

const streamsOf = (filter: string) => [...rowsThat(compile(parseFilter(filter)!, model).connection, 8)];
const exchangesOf = (filter: string) => [...rowsThat(compile(parseFilter(filter)!, model).exchange, 11)];

describe('what is wrong is told with its place', () => {
  test.each([
    ['tcp.prt == 80', 0, 7, "there is no field 'tcp.prt'"],
    ['tcp.port ==', 11, 1, 'a value for tcp.port is missing here'],
    ['tcp.port == eighty', 12, 6, 'tcp.port is compared with a number'],
    ['tcp.port contains 8', 9, 8, 'tcp.port can be compared with == != > < >= <='],
    ['http.host == "a', 13, 2, 'the string has no closing quote'],
    ['(tcp.port == 80', 0, 1, 'this bracket is not closed'],
    ['tcp.port == 80 )', 15, 1, "'&&' or '||' is missing before this"],
    ['tcp.port in {80 8080}', 16, 4, "',' or '}' is missing before this"],
    ['tcp.port in {80', 15, 1, "'}' is missing"],
    ['tcp.port in 80', 12, 2, "'{' is missing here: in {80, 8080}"],
    ['ip.addr == 10.0.0', 11, 6, "'10.0.0' is no IP address"],
    ['ip.addr == 10.0.0.0/33', 11, 11, "'10.0.0.0/33' is no IP address"],
    ['http.host ~ "("', 12, 3, 'this is no regular expression for a filter: missing closing ): `(`'],
    [
      'http.host ~ "(?=a)b"',
      12,
      8,
      'this is no regular expression for a filter: invalid or unsupported Perl syntax: `(?=`',
    ],
    ['http.host ~ "(a)\\1"', 12, 7, 'this is no regular expression for a filter: invalid escape sequence: `\\1`'],
    ['http.host ~ "(a{100}){100}"', 12, 15, 'this regular expression is too large'],
    ['finrace.severity >= awful', 20, 5, 'finrace.severity is one of info, warning, error'],
    ['&& tcp.port == 80', 0, 2, "'&&' cannot stand here"],
    ['http.host in {a..b}', 15, 2, 'only numbers have ranges'],
    ['!', 1, 1, 'something is missing here'],
    ['tls == maybe', 7, 5, 'tls is 1 or 0'],
    [`${'('.repeat(200)}`, 100, 1, 'this is nested too deeply'],
    ['a & b', 2, 1, "'&' means nothing here"],
  ])('%s', (filter, at, length, message) => {
    let error: unknown;
    try {
      parseFilter(filter);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FilterError);
    expect(error).toMatchObject({ message, at, length });
  });

  test('an empty filter asks nothing', () => {
    expect(parseFilter('  ')).toBeNull();
  });
});

describe('connections', () => {
  const ALL = [0, 1, 2, 3, 4, 5, 6, 7];
  test.each([
    ['tcp.stream eq 3', [3]],
    ['tcp.stream in {1, 3..5}', [1, 3, 4, 5]],
    ['tcp.stream > 5 or tcp.stream < 1', [0, 6, 7]],
    ['!(tcp.stream > 1)', [0, 1]],
    ['not tcp.stream gt 1', [0, 1]],
    ['tcp.stream ne 0 and tcp.stream lt 3', [1, 2]],
    ['tcp.port == 80', ALL],
    ['tcp.port != 80', []],
    ['tcp.port == 81', []],
    ['ip.addr == 10.99.0.0/24', ALL],
    ['ip.addr == 10.98.0.0/24', []],
    ['ip.src == 10.99.0.1 && ip.dst == 10.99.0.2', ALL],
    ['ipv6.addr == fd00::/8', []],
    ['finrace.severity >= warning', [1, 3, 7]],
    ['finrace.severity == err', [1, 3, 7]],
    ['finrace.rule contains "crosses"', [1, 3, 7]],
    ['finrace.rule', [1, 3, 7]],
    ['finrace.closed_by == client-fin', [6]],
    ['finrace.exchanges == 2', [1, 3, 7]],
    ['finrace.idle > 1', [0, 1, 2, 3, 4, 5, 7]],
    ['http.request.method == POST', [1]],
    ['http.request.method matches "^po"', [1]],
    ['http.request.uri == "/order"', [1]],
    ['http.response.code == 200', ALL],
    ['http.response.code >= 500', []],
    ['tcp.flags.reset', [1, 3, 7]],
    ['tls', []],
    ['http', ALL],
    ['http == 0', []],
    ['frame.number == 1', [0]],
    ['order', [1]],
    ['ORDER crosses', [1]],
    ['order nothing', []],
    ['10.99.0.1', ALL],
  ])('%s', (filter, streams) => {
    expect(streamsOf(filter)).toEqual(streams);
  });
});

test('exchanges have values of their own, of their connection and of its findings', () => {
  expect(exchangesOf('finrace.idle > 2 && !http.response')).toHaveLength(3);
  expect(exchangesOf('finrace.idle > 2')).toHaveLength(3);
  expect(exchangesOf('tcp.stream == 1')).toHaveLength(2);
  expect(exchangesOf('finrace.severity == error')).toHaveLength(6);
  expect(exchangesOf('order')).toHaveLength(1);
});

test('findings and servers', () => {
  const { finding, server } = compile(
    parseFilter('finrace.lost > 0 && tcp.port == 80 && ip.addr == 10.99.0.2')!,
    model,
  );
  expect(model.findings.filter(finding).map(({ rule }) => rule)).toContain('fin-crosses-request');
  expect(model.servers.filter(server)).toHaveLength(1);
  const none = compile(parseFilter('tcp.port == 81')!, model);
  expect(model.findings.filter(none.finding)).toEqual([]);
  expect(model.servers.filter(none.server)).toEqual([]);
  expect(
    model.servers.filter(compile(parseFilter('finrace.rule == "fin-crosses-request"')!, model).server),
  ).toHaveLength(1);
});
