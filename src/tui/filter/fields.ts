// The fields that a filter may name: Wireshark's names for what Wireshark has, `finrace.` for what only we know.

/** How values are compared. 'level': by their place in a list of words. 'flag': is there, or is not. */
export type FieldType = 'number' | 'text' | 'address' | 'level' | 'flag';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly about: string;
  /** Of a level: its words, lowest first. */
  readonly levels?: readonly string[];
}

const SEVERITY_LEVELS = ['info', 'warning', 'error'] as const;

export const FIELDS = [
  { name: 'frame.number', type: 'number', about: 'a frame of it (of a connection: between its first and last)' },
  { name: 'frame.time_relative', type: 'number', about: 'seconds since the first frame' },
  { name: 'tcp.stream', type: 'number', about: 'the number of the connection' },
  { name: 'ip.addr', type: 'address', about: 'client or server, also as a network: 10.0.0.0/8' },
  { name: 'ip.src', type: 'address', about: 'the same: each end sends' },
  { name: 'ip.dst', type: 'address', about: 'the same: each end receives' },
  { name: 'ipv6.addr', type: 'address', about: 'the same for IPv6' },
  { name: 'tcp.port', type: 'number', about: 'port of the client or server' },
  { name: 'tcp.srcport', type: 'number', about: 'the same' },
  { name: 'tcp.dstport', type: 'number', about: 'the same' },
  { name: 'tcp.flags.fin', type: 'flag', about: 'a FIN was sent' },
  { name: 'tcp.flags.reset', type: 'flag', about: 'an RST was sent' },
  { name: 'http', type: 'flag', about: 'it speaks HTTP/1' },
  { name: 'http2', type: 'flag', about: 'it speaks HTTP/2' },
  { name: 'tls', type: 'flag', about: 'it speaks TLS' },
  { name: 'http.request', type: 'flag', about: 'there is a request' },
  { name: 'http.response', type: 'flag', about: 'there is a response' },
  { name: 'http.request.method', type: 'text', about: 'GET, POST and so on' },
  { name: 'http.request.uri', type: 'text', about: 'the target of the request' },
  { name: 'http.host', type: 'text', about: 'the Host field' },
  { name: 'http.response.code', type: 'number', about: 'the status' },
  { name: 'http.time', type: 'number', about: 'seconds from the request to its response' },
  { name: 'http.user_agent', type: 'text', about: 'the User-Agent field' },
  { name: 'http.server', type: 'text', about: 'the Server field' },
  { name: 'finrace.rule', type: 'text', about: 'a finding of this rule, or one that holds beside it' },
  { name: 'finrace.severity', type: 'level', about: 'the gravest finding', levels: SEVERITY_LEVELS },
  { name: 'finrace.confidence', type: 'level', about: 'of a finding', levels: ['possible', 'likely', 'proven'] },
  { name: 'finrace.id', type: 'text', about: 'id of a finding' },
  { name: 'finrace.executed', type: 'text', about: 'no, unknown or yes' },
  { name: 'finrace.lost', type: 'number', about: 'lost requests' },
  { name: 'finrace.idle', type: 'number', about: 'seconds idle: before a request; the longest of a connection' },
  { name: 'finrace.duration', type: 'number', about: 'seconds that a connection or exchange took' },
  { name: 'finrace.exchanges', type: 'number', about: 'exchanges of a connection' },
  { name: 'finrace.closed_by', type: 'text', about: 'client-fin, server-fin, client-rst, server-rst or open' },
  { name: 'finrace.close_delay', type: 'number', about: "seconds from the last response to the server's close" },
  { name: 'finrace.rtt', type: 'number', about: 'round trip time in seconds' },
  { name: 'finrace.bytes', type: 'number', about: 'payload bytes of both ends' },
  { name: 'finrace.vantage', type: 'text', about: 'where it was captured: client, server, between, unknown' },
] as const satisfies readonly Field[];

export type FieldName = (typeof FIELDS)[number]['name'];

export function fieldOf(name: string): Field | undefined {
  return FIELDS.find((field) => field.name === name);
}
