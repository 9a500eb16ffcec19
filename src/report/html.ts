// The report as one page: a file that opens from disk, needs no network, and runs nothing but its own few lines of
// script, which only search, copy and jump; all of it is there without them.
//
//   finrace
//   3 requests were lost on 10.0.0.2:8080: the server's close …        the one sentence
//   (of check: FAILED: 1 expectation violated, with what was expected; then the sentence)     html/gate.ts
//   Findings at a glance            rule, server, how many             then what leads to each group
//
//   == 10.0.0.2:8080                                                    html/findings.ts
//   fin-crosses-request: 40 incidents     Cause, Fix
//     what happened | evidence, filter | ladder                         html/ladder-svg.ts
//   Servers: what was learned, idle times as a plot                     html/servers.ts, html/idle-plot.ts
//   Connections: exchanges, idle gaps and closes on a time axis         html/connections.ts
//   Captures: what was read, what could not be                          html/captures.ts
//
// Everything is put together with the `html` template (html/markup.ts), which escapes whatever is not markup already.
import { nodeCrypto } from '../base/node-modules.ts';
import type { Format } from './format.ts';
import { headline } from './headline.ts';
import { captureSection } from './html/captures.ts';
import { connectionSection } from './html/connections.ts';
import { findingSection, glance } from './html/findings.ts';
import { gateSection } from './html/gate.ts';
import { type Markup, html as markup } from './html/markup.ts';
import { SCRIPT } from './html/script.ts';
import { serverSection } from './html/servers.ts';
import { STYLE } from './html/style.ts';
import { Words } from './html/words.ts';
import { verdictInWords } from './verdict.ts';

export const html: Format = {
  *render(report) {
    const words = new Words(report);
    const sentence = headline(report);
    const { gate } = report;
    const verdict = gate === null ? null : verdictInWords(report, gate);
    yield head(verdict === null ? sentence : `${verdict}. ${sentence}`, words);
    yield markup`<body>
<a class="skip" href="#findings">Skip to the findings</a>
<header>
<p class="brand">finrace <span>keep-alive report</span></p>
<h1 class="verdict ${words.verdict}">${verdict ?? sentence}</h1>${
      verdict !== null &&
      markup`
<p>${sentence}</p>`
    }${gate !== null && gateSection(gate)}
${words.totals()}
${glance(report, words)}
<nav aria-label="Sections"><a href="#findings">Findings</a> <a href="#servers">Servers</a> <a href="#connections">Connections</a> <a href="#captures">Captures</a></nav>
</header>
<main>
`.text;
    for (const part of parts(report, words)) yield part.text;
    yield markup`</main>
<footer><p>Made by finrace ${report.version}. Frames and streams are numbered as Wireshark numbers them; times count from the first frame.</p></footer>
<p id="said" role="status" aria-live="polite"></p>
`.text;
    yield `<script>${SCRIPT}</script>\n</body>\n</html>\n`;
  },
};

function* parts(...[report, words]: Parameters<typeof findingSection>): Iterable<Markup> {
  yield* findingSection(report, words);
  yield* serverSection(report, words);
  yield* connectionSection(report, words);
  yield captureSection(report, words);
}

/** What the page may do: use this style sheet and this script, and nothing else whatsoever. */
function head(sentence: string, words: Words): string {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(STYLE)}'`,
    `script-src '${hashOf(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const meta = markup`<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="finrace ${words.report.version}">
<title>${sentence}</title>`;
  return `<!doctype html>\n<html lang="en">\n<head>\n${meta.text}\n<style>${STYLE}</style>\n</head>\n`;
}

function hashOf(text: string): string {
  return `sha256-${nodeCrypto().createHash('sha256').update(text).digest('base64')}`;
}
