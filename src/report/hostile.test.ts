// What strangers wrote stays text in every format: whatever it is, the output parses, has as many elements as with a
// harmless word in its place, and nobody who reads it is made to do something.
import { lexer, type Token, type Tokens, walkTokens } from 'marked';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { gitlabErrors, reportErrors, sarifErrors, workflowCommandOf } from '../testing/formats.ts';
import { HOSTILE_TEXTS, hostileReport } from '../testing/hostile.ts';
import { LOADED_FORMATS } from '../testing/loaded-formats.ts';
import type { Report } from './report.ts';

const HARMLESS = 'harmless';
const ALL = Object.values(HOSTILE_TEXTS).join('');
const TEXTS = [...Object.entries(HOSTILE_TEXTS), ['all of it at once', ALL] as const];

function render(name: string, report: Report, { color = false, width = 80 } = {}): string {
  return [...LOADED_FORMATS.get(name)!.render(report, { color, width, quiet: false })].join('');
}

/** The hostile text, in a server's name too where the medium allows any name. */
function both(text: string): readonly Report[] {
  return [hostileReport(text), hostileReport(text, { server: `10.0.0.2:80 ${text}` })];
}

describe.each([...LOADED_FORMATS.keys()])('%s', { timeout: 30_000 }, (name) => {
  test.each(TEXTS)('shows %s', (_, text) => {
    for (const report of both(text)) {
      for (const width of [40, 80, 200]) {
        const output = render(name, report, { width });
        // Nothing invisible but the ends of our own lines.
        expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u);
        expect(Buffer.from(output).toString()).toBe(output);
        // A CI job may print it.
        const commands = output
          .split('\n')
          .map(workflowCommandOf)
          .filter((command) => command !== null);
        const own = name === 'github' ? ['error'] : [];
        expect(commands.filter((command) => !own.includes(command.name))).toEqual([]);
        expect(output).not.toMatch(/##(?:vso|teamcity)\[/i);
      }
    }
  });
});

describe.each(TEXTS)('%s', { timeout: 30_000 }, (_, text) => {
  test('is no element of XML', () => {
    const harmless = render('junit', hostileReport(HARMLESS));
    for (const report of both(text)) {
      expect(elementsOf(render('junit', report))).toEqual(elementsOf(harmless));
    }
  });

  test('is a string of JSON, and the same one as on the wire', () => {
    const report = JSON.parse(render('json', hostileReport(text)));
    expect(reportErrors(report)).toBeNull();
    expect(report.servers[0].product).toBe(text);
    expect(report.findings[0].exchange.request.target).toBe(text);
    const lines = render('ndjson', hostileReport(text)).trimEnd().split('\n');
    const types = lines.map((line) => JSON.parse(line).type);
    const harmless = render('ndjson', hostileReport(HARMLESS)).trimEnd().split('\n');
    expect(types).toEqual(harmless.map((line) => JSON.parse(line).type));
  });

  test('is no structure and no link of SARIF', () => {
    for (const report of both(text)) {
      const log = JSON.parse(render('sarif', report));
      expect(sarifErrors(log)).toBeNull();
      const { results, artifacts, invocations, tool } = log.runs[0];
      expect([results.length, artifacts.length, tool.driver.rules.length]).toEqual([2, 2, 4]);
      expect(results[0].webRequest.target).toBe(text);
      const messages: string[] = [
        ...results.flatMap((result: { message: { text: string }; codeFlows: unknown }) => [
          result.message.text,
          ...textsOf(result.codeFlows),
        ]),
        ...textsOf(invocations),
      ];
      expect(messages.length).toBeGreaterThan(5);
      for (const message of messages) {
        expect(message).not.toMatch(/(?<!\\)\]\(/);
        expect(message).not.toMatch(/(?<!\{)\{\d+\}(?!\})/);
      }
      for (const result of results) {
        expect(result.locations[0].physicalLocation.artifactLocation.uri).toMatch(/^servers\/[\w.%:~-]+$/);
      }
    }
  });

  test('is no issue of GitLab', () => {
    for (const report of both(text)) {
      const issues = JSON.parse(render('gitlab', report));
      expect(gitlabErrors(issues)).toBeNull();
      expect(issues).toHaveLength(1);
    }
  });

  test('is no annotation', () => {
    for (const report of both(text)) {
      const lines = render('github', report).trimEnd().split('\n');
      const commands = lines.map(workflowCommandOf);
      expect(commands.map((command) => command?.name)).toEqual(['error', 'error']);
      for (const command of commands) {
        expect(command!.properties).toMatch(/^title=[^,:]*$/);
        expect(command!.message).toContain('Fix: Ask ');
        expect(command!.message.split('\n').length).toBeLessThanOrEqual(4);
        // A message is printed into the log once more.
        for (const line of command!.message.split('\n')) expect(workflowCommandOf(line)).toBeNull();
      }
    }
  });

  test('is no markup of Markdown', () => {
    const harmless = marksOf(render('markdown', hostileReport(HARMLESS)));
    for (const report of both(text)) {
      const marks = marksOf(render('markdown', report));
      expect(marks.counts).toEqual(harmless.counts);
      expect(marks.html).toEqual(harmless.html);
      // Mentions, references, links that are made by themselves, emoji, formulas, and HTML that a laxer parser sees.
      const foreign = marks.texts.filter((plain) => !harmless.texts.includes(plain));
      for (const plain of foreign) expect(plain).not.toMatch(/[@#~$<>[\]\\`|^]|[!&%]\d|:\/\/|\bwww\.|:\w+:/);
    }
  });
});

/** Names and attributes of all elements; throws when it is not well-formed. */
function elementsOf(xml: string): readonly string[] {
  const elements: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    elements.push(`${name} ${Object.keys(attributes).join(' ')}`);
  });
  parser.on('doctype', () => {
    throw new Error('a document type');
  });
  parser.write(xml).close();
  return elements;
}

/** All `text` members below a value. */
function textsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'text' && typeof member === 'string' ? [member] : textsOf(member),
  );
}

/** How many tokens of each kind there are but for texts and code, the HTML, and the words that are not code. */
function marksOf(source: string): { counts: Record<string, number>; html: string[]; texts: string[] } {
  const counts: Record<string, number> = {};
  const html: string[] = [];
  const texts: string[] = [];
  const tokens = lexer(source);
  walkTokens(tokens, (token: Token) => {
    if (token.type === 'html') html.push(token.raw);
    const inner = (token as Tokens.Text).tokens;
    if (token.type === 'text' && inner === undefined) texts.push(token.raw);
    if (!['text', 'codespan', 'space'].includes(token.type)) counts[token.type] = (counts[token.type] ?? 0) + 1;
  });
  return { counts, html, texts };
}
