import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { fakeFinding, fakeFindings, fakeLadder, fakeReport, HOSTILE, healthyReport } from '../testing/fake-report.ts';
import { traceConnections } from '../trace/trace-connections.ts';
import { escapeForHtml, html as markup } from './html/markup.ts';
import { SCRIPT } from './html/script.ts';
import { STYLE } from './html/style.ts';
import { DARK, LIGHT, READ, SEEN, type Theme } from './html/theme.ts';
import { html } from './html.ts';
import { type Ladder, ladderOf } from './ladder.ts';
import type { Report } from './report.ts';

function render(report: Report): string {
  return [...html.render(report, { color: false, width: 80, quiet: false })].join('');
}

/** The report of a capture of the lab, with ladders. */
async function labReport(name: string): Promise<Report> {
  const bytes = readFileSync(new URL(`../../fixtures/captures/lab/${name}`, import.meta.url));
  const report = await analyzeBytes(bytes);
  const wanted = report.findings.flatMap(({ stream, client }) =>
    stream === null ? [] : [{ stream, client: client! }],
  );
  const traces = await traceConnections([{ path: name, source: byteSource(bytes) }], wanted, { maxSegments: 512 });
  const ladders = new Map<string, Ladder>();
  for (const finding of report.findings) {
    const ladder = ladderOf(finding, traces.get(finding.stream ?? -1) ?? null, null, { maxSegments: 60 });
    if (ladder !== null) ladders.set(finding.id, ladder);
  }
  return { ...report, ladders };
}

/** What a reader sees: tags taken out, entities read. */
function textOf(page: string): string {
  return page
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}

const idsOf = (page: string) => [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);

test('the whole of it', async () => {
  const page = render(await labReport('race-node.client.pcap'));
  await expect(page).toMatchFileSnapshot('../../fixtures/expected/report/race-node.html');
});

describe('what it says', () => {
  const report = fakeReport({ ladders: new Map([[fakeFindings()[0]!.id, fakeLadder()]]) });
  const page = render(report);
  const text = textOf(page);

  test('is all there without the script: each finding with its filter, its evidence and its verdicts', () => {
    for (const { id, displayFilter, summary } of report.findings) {
      expect(page).toContain(`id="f-${id}"`);
      expect(page).toContain(escapeForHtml(displayFilter));
      expect(page).toContain(escapeForHtml(summary));
    }
    expect(text).toContain('server FIN : acknowledges 512, the request starts at 512');
    expect(text).toContain('no, the server never read the request, so sending it again is safe');
    expect(text).toContain('And 1,200 more, which are counted but not listed');
    expect(text).toContain('2 problems in reading');
    expect(text).toContain('the file ends inside of a frame; 52 bytes of it are missing.');
    // The button alone needs it, so it is hidden where there is none.
    expect(STYLE).toContain('button{display:none');
  });

  test('has every link lead somewhere, and every id once', () => {
    const ids = idsOf(page);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });

  test('says of the ladder what a picture shows', () => {
    const ladder = text.slice(text.indexOf('client server frame seconds'));
    for (const words of [
      'SYN Seq=0 Len=0',
      'retransmission',
      '1.45 kB of the server, from Seq=1 on, are not in the capture',
      '12 segments not shown: 17.4 kB of the server',
      '1.50 s without an answer',
      '5.00 s idle, 2 segments without data',
      'crossed',
      'RST Seq=64 Len=0',
      'another connection',
    ]) {
      expect(ladder).toContain(words);
    }
  });

  test('says when a ladder was drawn without the segments', () => {
    const without = textOf(render(fakeReport({ findings: [fakeFinding()] })));
    expect(without).toContain('Drawn from the evidence alone');
    const finding = fakeFinding();
    const withSegments = fakeReport({ findings: [finding], ladders: new Map([[finding.id, fakeLadder()]]) });
    expect(textOf(render(withSegments))).not.toContain('Drawn from the evidence alone');
  });

  test('tells of a retry, of what a gateway answered, and of what the client logged', () => {
    const one = textOf(render(fakeReport({ findings: [fakeFinding()] })));
    expect(one).toContain('on stream 9, frame 1020, 117 ms later; that was safe');
    expect(one).toContain('the gateway answered 10.0.0.9:51000 with 502 (stream 2, frame 1030)');
    expect(one).toContain('socket hang up');
  });

  test('marks what a baseline knows', () => {
    const suppressed = { reason: 'known since <May>', expires: '2026-12-31', owner: null };
    const page = textOf(render(fakeReport({ findings: [{ ...fakeFinding(), ...{ suppressed } }] })));
    expect(page).toContain('proven suppressed');
    expect(page).toContain('a baseline knows it; known since <May>; until 2026-12-31');
    expect(textOf(render(fakeReport({ findings: [fakeFinding()] })))).not.toContain('suppressed');
  });

  test('nothing found, nothing read', () => {
    expect(textOf(render(healthyReport()))).toContain('Nothing was found.');
    const nothing = render(healthyReport({ captures: [], connections: [], servers: [] }));
    expect(textOf(nothing)).toContain('No HTTP/1 server was seen.');
    const less = render(healthyReport({ detail: 'findings', connections: [] }));
    expect(textOf(less)).toContain('Not drawn: the report was made with less detail than exchanges.');
  });
});

describe('what comes from the wire', () => {
  const ATTACK = `"'><script>alert(1)</script><img src=x onerror=alert(1)>]]>--></svg></style>\`\${1}&lt;${HOSTILE}`;
  const finding = fakeFinding({
    id: `x"'><i>`,
    rule: ATTACK,
    server: ATTACK,
    client: ATTACK,
    summary: ATTACK,
    explanation: ATTACK,
    advice: ATTACK,
    evidence: [{ frame: 12, time: 5e9, role: ATTACK, note: ATTACK }],
    consequences: [ATTACK],
    logged: { client: ATTACK, words: ATTACK },
    downstream: [{ stream: 1, client: ATTACK, status: 502, frame: 9, time: 6e9 }],
    also: [{ rule: ATTACK, severity: 'info' }],
    related: [ATTACK],
    displayFilter: ATTACK,
  });
  const base = fakeReport();
  const ladder = fakeLadder();
  const rows = ladder.rows.map((row) =>
    row.kind === 'segment'
      ? { ...row, startLine: `GET /${ATTACK} HTTP/1.1`, evidence: [{ role: ATTACK, note: ATTACK }] }
      : row,
  );
  const report: Report = {
    ...base,
    version: ATTACK,
    findings: [finding, { ...finding, id: ATTACK, stream: null }],
    ladders: new Map([[finding.id, { ...ladder, client: ATTACK, server: ATTACK, rows }]]),
    servers: base.servers.map((server) => ({
      ...server,
      server: ATTACK,
      product: ATTACK,
      clients: server.clients.map((client) => ({ ...client, client: ATTACK })),
    })),
    connections: [...base.connections].map((history) => ({ ...history, client: ATTACK, server: ATTACK })),
    captures: base.captures.map((capture) => ({
      ...capture,
      path: ATTACK,
      problems: [{ kind: 'x', offset: 1, message: ATTACK }],
    })),
    rules: [{ ...base.rules[0]!, id: ATTACK, title: ATTACK, headline: ATTACK, symptoms: [ATTACK] }],
  };
  const page = render(report);

  test('never becomes markup', () => {
    // Besides the constants and the policy that holds their hashes, only tags that the page itself is made of.
    const tags = new Set(
      [
        ...page
          .replace(SCRIPT, '')
          .replace(STYLE, '')
          .matchAll(/<\/?([^\s>/]+)/g),
      ].map(([, tag]) => tag),
    );
    expect([...tags].filter((tag) => /^(img|iframe|i|object|link|base|form)$/.test(tag!))).toEqual([]);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<style/g)).toHaveLength(1);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('keeps inside of its attribute: each tag has nothing but quoted ones', () => {
    const outside = page.replace(SCRIPT, '').replace(STYLE, '');
    for (const [tag] of outside.matchAll(/<[a-z][^>]*>/g)) {
      expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/ (?:on\w+|style|src)=/);
      expect(tag).toMatch(/^<[a-z][a-z0-9]*(?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*\s*\/?>$/);
    }
  });

  test('is never in the script or in the style sheet', () => {
    expect(page.match(/<script>([\s\S]*?)<\/script>/)![1]).toBe(SCRIPT);
    expect(page.match(/<style>([\s\S]*?)<\/style>/)![1]).toBe(STYLE);
  });

  test('shows what is invisible as its number', () => {
    expect(page).toContain('\\x1b]52;c;ZXZpbA==');
    expect(page).toContain('\\u202e');
    expect(page.replace(/\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('the template', () => {
  test('escapes everything but markup', () => {
    const inner = markup`<b>${'<&>'}</b>`;
    expect(markup`<p title="${'"x"'}">${inner}${[inner, 1, null]}${false}${undefined}</p>`.text).toBe(
      '<p title="&quot;x&quot;"><b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b>1</p>',
    );
  });
});

describe('the policy', () => {
  const page = render(fakeReport());
  const policy = page.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)![1]!.replaceAll('&#39;', "'");

  test('allows the style sheet and the script of the page by their hashes, and nothing else', () => {
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hash(STYLE)}`,
      `script-src ${hash(SCRIPT)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).not.toMatch(/ style="| (?:src|srcset|action|poster)="|url\(|@import/);
    expect(page.match(/href="[^#"][^"]*"/g)).toBeNull();
  });

  test('the script is small', () => {
    expect(SCRIPT.length).toBeLessThan(5_000);
  });
});

describe('a report with a thousand findings', () => {
  test('stays below 2 MB, with each of them', () => {
    const findings = Array.from({ length: 1000 }, (_, index) =>
      fakeFinding({
        id: (0xa0000000 + index).toString(16),
        rule: index % 3 === 0 ? 'reset-mid-response' : 'fin-crosses-request',
        server: `10.0.${index % 7}.2:8080`,
        stream: index,
        time: index * 1e7,
        explanation: `${fakeFinding().explanation} It had been idle for ${index} ms. ${'Why it happened. '.repeat(15)}`,
        advice: `${fakeFinding().advice} ${'What to change. '.repeat(15)}`,
      }),
    );
    const ladders = new Map(findings.map(({ id, stream }) => [id, { ...fakeLadder(), stream: stream! }]));
    const page = render(fakeReport({ findings, ladders }));
    expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
    const ids = idsOf(page);
    for (const { id } of findings) expect(ids).toContain(`f-${id}`);
    expect(page.match(/<figure><div class="scroll" role="group" aria-label="Ladder/g)!.length).toBeGreaterThan(100);
    expect(textOf(page)).toContain('further incidents, in brief');
  });
});

describe('colours can be told apart', () => {
  /** Relative luminance and contrast as WCAG 2.2 defines them. */
  function luminance(color: string): number {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  }
  function contrast(a: string, b: string): number {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light! + 0.05) / (dark! + 0.05);
  }

  test.each([
    ['light', LIGHT],
    ['dark', DARK],
  ] as const)('%s', (_, theme: Theme) => {
    for (const [front, back] of READ) {
      expect(contrast(theme[front], theme[back]), `${front} on ${back}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const [front, back] of SEEN) {
      expect(contrast(theme[front], theme[back]), `${front} on ${back}`).toBeGreaterThanOrEqual(3);
    }
  });
});
