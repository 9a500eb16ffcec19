// A report of everything at once, for tests of output formats: all severities, a folded group, hostile strings,
// unknown values, IPv6, an exchange without a request.
import { SECOND, Timeline } from '../base/timeline.ts';
import type { History, Side } from '../history/history.ts';
import { Exchange, Request, Response } from '../http/exchange.ts';
import type { Gate } from '../report/gate.ts';
import type { Ladder, LadderRow, SegmentRow } from '../report/ladder.ts';
import type { Estimate, Report } from '../report/report.ts';
import type { Evidence, Finding } from '../rules/finding.ts';
import type { RuleDocumentation } from '../rules/rule.ts';

const SERVER = '10.0.0.2:8080';
const IPV6_SERVER = '[fd00::2]:80';

/** Sets the clipboard, clears the screen, overwrites the line, turns the reading direction. */
export const HOSTILE = '\x1b]52;c;ZXZpbA==\x07\x1b[2J\rok\u202e\x9b1m\n';

/** On the timeline, times are whole nanoseconds. */
function seconds(value: number): number {
  return Math.round(value * SECOND);
}

export function fakeTimeline(): Timeline {
  const timeline = new Timeline();
  timeline.originOr(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000);
  return timeline;
}

export function fakeEstimate(changes: Partial<Estimate> = {}): Estimate {
  return {
    value: 5.003,
    low: 4.98,
    high: 5.03,
    earliest: 4.99,
    latest: 5.02,
    observed: 7,
    censored: 20,
    confidence: 'likely',
    candidates: [{ product: 'Node.js', knob: 'server.keepAliveTimeout', named: true }],
    others: [],
    ...changes,
  };
}

export const FAKE_RULES: readonly RuleDocumentation[] = [
  {
    id: 'fin-crosses-request',
    severities: ['error'],
    title: 'The server closed while the next request was on its way.',
    headline: "the server's close crossed the client's next request",
    isAboutIdling: true,
    explanation: 'An idle connection was closed by the server. The request was sent before the FIN arrived.',
    advice: "Make the client's idle timeout shorter than the server's.",
    proof: 'k <= f and a <= q: neither side had heard of the other when it spoke.',
    symptoms: [
      'socket hang up',
      'RemoteDisconnected',
      'NoHttpResponseException',
      'upstream prematurely closed connection',
    ],
    example: '0.000  C SYN\n0.040  S SYN-ACK\n0.041  C GET /a\n0.082  S 200 length=5\n5.082  S FIN\n5.083  C GET /b',
  },
  {
    id: 'reset-mid-response',
    severities: ['error'],
    title: 'A reset cut a response short.',
    headline: 'a reset cut the response short',
    explanation: 'The server aborted while it was answering.',
    advice: 'Look for a crash or an abort in the server.',
    proof: 'Some response bytes, incomplete framing, then a RST of the server.',
    symptoms: ['read ECONNRESET', 'terminated'],
    example: '0.000  C SYN',
  },
  {
    id: 'undelayed-close',
    severities: ['error', 'warning', 'info'],
    title: 'The server closed right behind its last byte.',
    headline: 'the server closes right behind its last byte',
    explanation: 'Nothing waits for what the client is still sending.',
    advice: 'Let the server linger.',
    proof: 'The close delay is shorter than RTT + 100 ms.',
    symptoms: [],
    example: '0.000  C SYN',
  },
  {
    id: 'keep-alive-unused',
    severities: ['info'],
    title: 'One request per connection though the server offers keep-alive.',
    headline: 'connections are used once only',
    explanation: 'Each connection costs a handshake.',
    advice: 'Use a connection pool.',
    proof: 'Ten or more consecutive connections with one request each.',
    symptoms: [],
    example: '0.000  C SYN',
  },
];

export function fakeFinding(changes: Partial<Finding> = {}): Finding {
  return {
    id: '9f3c1a2b',
    fingerprint: '0123456789abcdef',
    rule: 'fin-crosses-request',
    route: 'GET /b',
    cause: 'idle-close',
    severity: 'error',
    confidence: 'proven',
    stream: 3,
    client: '10.0.0.1:40112',
    server: SERVER,
    lostRequests: 1,
    time: seconds(5.083_214),
    frame: 13,
    summary:
      'GET /b from 10.0.0.1:40112 (frame 13) and the FIN of 10.0.0.2:8080 (frame 12) crossed in flight 5.001 s after the last response; the request was never answered.',
    explanation:
      "The server's idle timeout is about 5.0 s, and the client reuses connections that have been idle longer.",
    advice: "Raise the server's idle timeout above 61 s, or lower the client's below 4.9 s.",
    evidence: [
      { frame: 12, time: seconds(5.082_114), role: 'server FIN', note: 'acknowledges 512, the request starts at 512' },
      { frame: 13, time: seconds(5.083_214), role: 'request', note: 'acknowledges 64, which is the FIN itself' },
      { frame: 1014, time: seconds(5.123_214_777), role: 'server RST', note: 'no ACK flag: no socket was left' },
    ],
    also: [],
    executed: 'no',
    delivered: null,
    consequences: ['The RST in frame 1014 answers the request.'],
    exchange: { request: { method: 'GET', target: '/b', version: '1.1' }, response: null },
    logged: { client: `axios/1.7.2${HOSTILE}`, words: 'socket hang up' },
    retry: { stream: 9, frame: 1020, time: seconds(5.2), safe: 'yes' },
    downstream: [{ stream: 2, client: '10.0.0.9:51000', status: 502, frame: 1030, time: seconds(5.3) }],
    related: [],
    exposure: null,
    displayFilter: 'tcp.stream eq 3 && frame.number in {12, 13, 1014}',
    suppressed: null,
    ...changes,
  };
}

/** A ladder with every kind of row, of the connection of `fakeFinding`. */
export function fakeLadder(): Ladder {
  const { evidence, stream, client, server } = fakeFinding();
  const segment: SegmentRow = {
    kind: 'segment',
    frame: 4,
    time: seconds(0.041),
    from: 'client',
    flags: 'PSH, ACK',
    sequence: 1,
    acknowledgement: 1,
    length: 511,
    startLine: `GET /a${HOSTILE} HTTP/1.1`,
    mark: null,
    evidence: [],
    isElsewhere: false,
    crosses: null,
    rank: 2,
  };
  const [fin, request, reset] = evidence;
  const rows: LadderRow[] = [
    {
      ...segment,
      frame: 1,
      time: seconds(0),
      flags: 'SYN',
      sequence: 0,
      acknowledgement: null,
      length: 0,
      startLine: '',
    },
    segment,
    { ...segment, frame: 5, mark: 'retransmission' },
    { kind: 'missing', from: 'server', sequence: 1, bytes: 1448 },
    { kind: 'folded', segments: 12, clientBytes: 0, serverBytes: 17_376 },
    { kind: 'folded', segments: 2, clientBytes: null, serverBytes: null },
    { kind: 'pause', duration: seconds(1.5), segments: 0, isWaiting: true },
    { kind: 'pause', duration: seconds(5.001), segments: 2, isWaiting: false },
    {
      ...segment,
      ...evidenceRow(fin!),
      from: 'server',
      flags: 'FIN, ACK',
      sequence: 64,
      acknowledgement: 512,
      length: 0,
      startLine: '',
    },
    {
      ...segment,
      ...evidenceRow(request!),
      sequence: 512,
      acknowledgement: 64,
      startLine: 'GET /b HTTP/1.1',
      crosses: 12,
    },
    {
      ...segment,
      ...evidenceRow(reset!),
      from: 'server',
      flags: 'RST',
      sequence: 64,
      acknowledgement: null,
      length: 0,
      startLine: '',
    },
    {
      ...segment,
      frame: 1020,
      time: seconds(5.2),
      from: null,
      flags: null,
      sequence: null,
      acknowledgement: null,
      length: null,
      startLine: '',
      evidence: [{ role: 'second copy', note: 'the request once more, on stream 9' }],
      isElsewhere: true,
    },
  ];
  return { basis: 'segments', stream: stream!, client, server, rows };
}

function evidenceRow({ frame, time, role, note }: Evidence) {
  return { frame, time, evidence: [{ role, note }], rank: 0 };
}

/** Forty crossed closes, a response cut short over IPv6, a warning with hostile text, and a remark about a server. */
export function fakeFindings(): readonly Finding[] {
  const crossed = Array.from({ length: 40 }, (_, index) =>
    fakeFinding({
      id: (0xa0000000 + index).toString(16),
      stream: 3 + index * (index < 20 ? 1 : 2),
      time: seconds(5.083_214 + index),
      retry: null,
      downstream: [],
      related: index === 0 ? ['b0000000'] : [],
    }),
  );
  const cutShort = fakeFinding({
    id: 'b0000000',
    rule: 'reset-mid-response',
    stream: 90,
    client: '[fd00::1]:50000',
    server: IPV6_SERVER,
    time: seconds(60),
    summary: `POST /upload${HOSTILE} got 75296 of 300042 bytes of its response.`,
    explanation: 'The server aborted the connection.',
    advice: 'Look for a crash in the server.',
    evidence: [{ frame: 700, time: NaN, role: 'server RST', note: '' }],
    also: [{ rule: 'undelayed-close', severity: 'error' }],
    executed: 'yes',
    delivered: 'truncated',
    consequences: [],
    exchange: {
      request: { method: 'POST', target: `/upload${HOSTILE}`, version: '1.0' },
      response: { status: 200, version: '1.1', complete: false },
    },
    displayFilter: 'tcp.stream eq 90 && frame.number eq 700',
  });
  const warning = fakeFinding({
    id: 'c0000000',
    rule: 'undelayed-close',
    severity: 'warning',
    confidence: 'likely',
    stream: 91,
    lostRequests: 0,
    time: seconds(61),
    summary: 'The server closed 0.2 ms after its last byte, with 4096 bytes of the request unread.',
    explanation: 'Nothing waits for what the client is still sending.',
    advice: 'Let the server linger.',
    executed: 'unknown',
    delivered: 'at-risk',
    consequences: [],
    exchange: null,
  });
  const remark = fakeFinding({
    id: 'd0000000',
    rule: 'keep-alive-unused',
    severity: 'info',
    confidence: 'likely',
    stream: null,
    client: null,
    lostRequests: 0,
    time: seconds(62),
    summary: '12 consecutive connections carried one request each.',
    exposure: {
      reuses: 420,
      withinRoundTrip: 3,
      lost: 1,
      roundTrip: seconds(0.0405),
      failuresPerMillion: 812.345,
      failuresPerMillionAtMost: 1843.21,
      advisedIdleTimeout: seconds(4.5),
      reusesBeyondAdvised: 0.0512,
    },
    explanation: 'Each connection costs a handshake.',
    advice: 'Use a connection pool.',
    evidence: [],
    executed: null,
    consequences: [],
    exchange: null,
    displayFilter: 'tcp.stream in {100..111}',
  });
  return [...crossed, cutShort, warning, remark];
}

/** More of the crossed closes than are listed. */
const FAKE_OMITTED: Report['omittedFindings'] = [
  { rule: 'fin-crosses-request', severity: 'error', server: SERVER, count: 1200, lostRequests: 1210 },
];

export function fakeHistories(): readonly History[] {
  const request = Object.assign(new Request(), {
    method: 'GET',
    target: `/a${HOSTILE}`,
    host: 'api.example',
    firstFrame: 4,
    lastFrame: 4,
    startTime: seconds(0.041),
    endTime: seconds(0.041),
    complete: true,
  });
  const response = Object.assign(new Response(), {
    status: 200,
    firstFrame: 6,
    lastFrame: 9,
    startTime: seconds(0.082),
    endTime: seconds(0.083),
    complete: true,
    keepAliveTimeout: 5,
    keepAliveListed: true,
  });
  const answered = Object.assign(new Exchange(), {
    request,
    interim: [{ status: 100, frame: 5, time: seconds(0.05) }],
    response,
  });
  const unanswered = Object.assign(new Exchange(), {
    index: 1,
    request: Object.assign(new Request(), { method: 'POST', target: '/b', firstFrame: 13, close: true }),
  });
  const responseOnly = Object.assign(new Exchange(), { response: new Response(), uncertain: true });
  const first: History = {
    stream: 0,
    client: '10.0.0.1:40112',
    server: SERVER,
    protocol: 'http/1',
    firstFrame: 1,
    lastFrame: 20,
    openTime: 0,
    closeTime: seconds(5.123),
    captureEnd: seconds(6),
    rtt: seconds(0.0401),
    vantage: 'client',
    synAckAgainFrame: 0,
    clientHalf: seconds(0.0001),
    serverHalf: seconds(0.04),
    closedBy: 'server-fin',
    closeDelay: seconds(5.001),
    clientSide: fakeSide(),
    serverSide: fakeSide(),
    exchangeCount: 2,
    exchanges: [answered, unanswered],
    idleGaps: [{ duration: seconds(5.001), afterFrame: 9, endFrame: 12, endedBy: 'server-fin' }],
    afterClose: null,
    retry: null,
    pair: 0,
    lostRequests: false,
    lostResponses: false,
    serverProduct: `nginx/1.22.1${HOSTILE}`,
    userAgent: 'undici',
  };
  const second: History = {
    ...first,
    stream: 1,
    client: '[fd00::1]:50000',
    server: IPV6_SERVER,
    protocol: 'tls',
    closeTime: NaN,
    rtt: NaN,
    vantage: 'unknown',
    clientHalf: NaN,
    serverHalf: NaN,
    closedBy: 'open',
    closeDelay: NaN,
    exchangeCount: 1,
    exchanges: [responseOnly],
    idleGaps: [{ duration: seconds(2), afterFrame: 9, endFrame: 20, endedBy: 'capture-end' }],
    pair: 0,
    serverProduct: '',
    userAgent: '',
  };
  return [first, second];
}

function fakeSide(): Side {
  return {
    fin: null,
    finAckedFrame: 0,
    finAckedTime: NaN,
    rst: null,
    rstCount: 0,
    acknowledged: 0,
    hasAcknowledged: true,
    payloadBytes: 0,
    lostBytes: 0,
    lostUntil: 0,
    base: 0,
    retransmissions: 0,
    retransmittedFrame: 0,
    retransmittedTime: NaN,
    ttl: 64,
    seen: true,
    synSeen: true,
    next: 0,
  };
}

export function fakeReport(changes: Partial<Report> = {}): Report {
  const findings = changes.findings ?? fakeFindings();
  const omittedFindings = changes.omittedFindings ?? (changes.findings === undefined ? FAKE_OMITTED : []);
  const count = { error: 0, warning: 0, info: 0 };
  for (const finding of findings) count[finding.severity]++;
  for (const omitted of omittedFindings) count[omitted.severity] += omitted.count;
  return {
    version: '0.0.0-test',
    timeline: fakeTimeline(),
    captures: [
      {
        path: `a${HOSTILE}.pcapng`,
        format: 'pcapng',
        compression: 'zstd',
        frames: 1400,
        bytes: 123_456,
        firstFrameTime: 0,
        lastFrameTime: seconds(65.4),
        linkTypes: [1],
        problems: [
          { kind: 'truncated', offset: 4711, message: 'the file ends inside of a frame; 52 bytes of it are missing.' },
        ],
        names: new Map([
          ['10.0.0.2', [`shop.internal${HOSTILE}`, 'shop']],
          ['fd00:0:0:0:0:0:0:9', ['elsewhere.internal']],
        ]),
        secrets: 2,
        tlsKeyLog: 'CLIENT_RANDOM 5ec2e7 5ec2e7\n',
      },
      {
        path: 'empty.pcap',
        format: 'pcap',
        compression: 'none',
        frames: 0,
        bytes: 24,
        firstFrameTime: NaN,
        lastFrameTime: NaN,
        linkTypes: [],
        problems: [{ kind: 'no-frames', offset: null, message: 'the file holds no frames.' }],
        names: new Map(),
        secrets: 0,
        tlsKeyLog: '',
      },
    ],
    totals: {
      frames: 1400,
      tcpSegments: 1390,
      connections: 112,
      httpConnections: 111,
      exchanges: 230,
      tlsConnections: 1,
      http2Connections: 0,
      findings: count,
    },
    detail: 'exchanges',
    connections: fakeHistories(),
    servers: [
      {
        server: SERVER,
        product: `nginx/1.22.1${HOSTILE}`,
        connections: 100,
        exchanges: 210,
        idleTimeout: fakeEstimate({ others: [{ value: 60, observed: 4 }] }),
        closeDelay: null,
        maxRequests: fakeEstimate({ value: 100, low: 100, high: 100, earliest: 100, latest: 100, candidates: [] }),
        maxAge: null,
        idleTimes: {
          reuses: [
            { from: 0, to: 0.001, count: 12 },
            { from: 0.4, to: 0.45, count: 80 },
            { from: 4.5, to: 5, count: 9 },
          ],
          closes: [
            { from: 4.5, to: 5, count: 2 },
            { from: 5, to: 5.5, count: 5 },
          ],
        },
        clients: [
          {
            client: '10.0.0.1',
            idleTimeout: fakeEstimate({
              value: 60,
              low: 58,
              high: Infinity,
              earliest: 60,
              latest: 60,
              observed: 1,
              confidence: 'possible',
              candidates: [],
            }),
            responseTimeout: null,
          },
        ],
      },
      {
        server: IPV6_SERVER,
        product: null,
        connections: 12,
        exchanges: 20,
        idleTimeout: null,
        closeDelay: null,
        maxRequests: null,
        maxAge: null,
        idleTimes: { reuses: null, closes: [] },
        clients: [{ client: 'fd00::1', idleTimeout: null, responseTimeout: null }],
      },
    ],
    findings,
    omittedFindings,
    hiddenFindings: 0,
    gate: null,
    rules: FAKE_RULES,
    ...changes,
  };
}

/** Nothing wrong in it. */
export function healthyReport(changes: Partial<Report> = {}): Report {
  const report = fakeReport({ findings: [] });
  return {
    ...report,
    captures: report.captures.slice(1).map((capture) => ({ ...capture, problems: [] })),
    servers: report.servers.map((server) => ({ ...server, product: server.product && 'nginx/1.22.1' })),
    ...changes,
  };
}

/** A gate that a finding failed. */
export function fakeGate(changes: Partial<Gate> = {}): Gate {
  return {
    verdict: 'failed',
    reasons: ['1 finding at or above error'],
    warnings: [],
    failOn: 'error',
    failing: new Set(),
    budgets: [],
    warningBudget: null,
    expectations: [],
    suppressed: null,
    ...changes,
  };
}
