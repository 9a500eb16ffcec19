// What was expected and not met, and what should be looked at before the verdict is relied on.
import type { Gate } from '../gate.ts';
import { plural } from '../layout.ts';
import { EXPECTATION_WORDS, expectationInWords, failingExpectations } from '../verdict.ts';
import { html, type Markup } from './markup.ts';

export function gateSection(gate: Gate): Markup | null {
  const { shown, more } = failingExpectations(gate);
  if (shown.length === 0 && gate.warnings.length === 0) return null;
  return html`
<ul>${shown.map(
    (expectation) =>
      html`<li><b>Expectation ${EXPECTATION_WORDS[expectation.state]}</b> ${expectationInWords(expectation)}</li>`,
  )}${more > 0 && html`<li>and ${plural(more, 'further expectation')}</li>`}${gate.warnings.map(
    (warning) => html`<li><b>Warning</b> ${warning}</li>`,
  )}</ul>`;
}
