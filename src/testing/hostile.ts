// What strangers may write into a capture, and a report that has it everywhere.
import type { Report } from '../report/report.ts';
import { fakeFinding, fakeHistories, fakeReport } from './fake-report.ts';

/** By the medium that it is meant for. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  'control characters': String.fromCharCode(...Array(32).keys(), ...Array.from({ length: 33 }, (_, i) => 127 + i)),
  'the end of CDATA': ']]>',
  'the start of CDATA': '<![CDATA[',
  'an XML comment and entities': '<!-- &#0; &evil; -->',
  'HTML elements': '"><img src=x onerror=alert(1)></details><script>alert(1)</script>',
  'a workflow command': '::error::pwned',
  'a workflow command behind a blank': 'x ::stop-commands::token',
  'an escaped workflow command': '%0A::error::pwned%0D',
  'a workflow command on its own line': 'x\r\n::set-output name=a::b',
  'an old workflow command': '##[error]pwned ##vso[task.setvariable]x ##teamcity[buildStop]',
  'a property of a workflow command': 'x,file=a.js,line=1::pwned',
  'ANSI colours': '\x1b[31;1mred\x9b2J',
  'an OSC link and the clipboard': '\x1b]8;;http://evil.example\x07x\x1b]52;c;ZXZpbA==\x1b\\',
  'a Markdown link': '[a](http://evil.example) ![i](http://evil.example/i.png) [r]: http://evil.example',
  'bare links': 'http://evil.example www.evil.example <mailto:a@evil.example> a@evil.example',
  'Markdown blocks': '# h\n\n---\n\n```\n~~~\n> q\n1. a\n- b\n| a | b |\n| - | - |',
  'Markdown spans': '**b** _i_ ~~s~~ `c` ``c`` $x$ :smile: \\',
  'Markdown mentions': '@everyone #1 !1 &1 ~label %1 org/repo#1',
  'pipes and backticks': '|`|``|',
  'line separators': 'a\u2028b\u2029c\u0085d',
  'a high surrogate': 'a\ud800b',
  'a low surrogate': '\udc00',
  'bidi overrides': 'a\u202eb\u2066c\u200ed',
  'invisible characters': '\ufeff\u200b\u00ad\u{e0041}\ue000\uffff',
  'JSON syntax': '"}],"x":[{"\\u0000',
  'a SARIF link and placeholder': '[here](http://evil.example) {0} \\',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a workflow
  'a template': '${{ secrets.TOKEN }} $(id)',
};

/** `text` wherever the capture, its name or its writer can put one. */
export function hostileReport(text: string, { server = '10.0.0.2:80' } = {}): Report {
  const path = `/a ${text}/${text}.pcap`;
  const finding = fakeFinding({
    server,
    summary: `GET /${text} (frame 13) and ${text} crossed; the request was never answered.`,
    explanation: `${text} was the cause.`,
    advice: `Ask ${text}`,
    evidence: [{ frame: 12, time: 1, role: `FIN ${text}`, note: text }],
    consequences: [`${text} got no response.`, text],
    logged: { client: text, words: text },
    exchange: {
      request: { method: `GET${text}`, target: text, version: text },
      response: { status: 200, version: text, complete: false },
    },
    displayFilter: `http.user_agent contains "${text}"`,
  });
  const [history] = fakeHistories();
  const exchanges = history!.exchanges.map((exchange) =>
    exchange.request === null
      ? exchange
      : Object.assign(Object.create(Object.getPrototypeOf(exchange)), exchange, {
          request: Object.assign(Object.create(Object.getPrototypeOf(exchange.request)), exchange.request, {
            method: text,
            target: text,
            host: text,
          }),
        }),
  );
  const report = fakeReport({ findings: [finding, { ...finding, id: '2', rule: 'reset-mid-response' }] });
  return {
    ...report,
    captures: report.captures.map((capture) => ({
      ...capture,
      path,
      problems: [{ kind: 'truncated', offset: 1, message: `${text} is missing` }],
    })),
    connections: [{ ...history!, serverProduct: text, userAgent: text, exchanges }],
    servers: report.servers.slice(0, 1).map((known) => ({ ...known, server, product: text })),
    omittedFindings: [{ rule: 'fin-crosses-request', severity: 'error', server, count: 3, lostRequests: 3 }],
  };
}
