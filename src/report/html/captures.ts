// What was read, and what could not be.
import { plural } from '../layout.ts';
import type { Report } from '../report.ts';
import { captureInWords } from '../text.ts';
import { html, type Markup } from './markup.ts';
import type { Words } from './words.ts';

const SHOWN_CAPTURES = 200;
const SHOWN_PROBLEMS = 20;

export function captureSection({ captures }: Report, _: Words): Markup {
  const more = captures.length - SHOWN_CAPTURES;
  return html`<section id="captures"><h2>Captures</h2>
<ul>${captures.slice(0, SHOWN_CAPTURES).map(captureItem)}</ul>
${more > 0 && html`<p>and ${plural(more, 'further capture')}.</p>`}
</section>
`;
}

function captureItem(capture: Report['captures'][number]): Markup {
  const { problems } = capture;
  const more = problems.length - SHOWN_PROBLEMS;
  return html`<li>${captureInWords(capture)}${
    problems.length > 0 &&
    html`<ul>${problems
      .slice(0, SHOWN_PROBLEMS)
      .map(
        ({ offset, message }) =>
          html`<li><b>Problem</b>${offset === null ? '' : ` at byte ${offset}`}: ${message}</li>`,
      )}${more > 0 && html`<li>and ${plural(more, 'further problem')}</li>`}</ul>`
  }</li>
`;
}
