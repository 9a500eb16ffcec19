// The page in a real browser, from disk, as its readers open it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, openChromium, titleWithChromium } from '../../testing/chromium.ts';
import { fakeFinding, fakeFindings, fakeLadder, fakeReport } from '../../testing/fake-report.ts';
import { html } from '../html.ts';
import type { Report } from '../report.ts';

function render(report: Report): string {
  return [...html.render(report, { color: false, width: 80, quiet: false })].join('');
}

const findings = fakeFindings();
const ladders = new Map([[findings[0]!.id, fakeLadder()]]);
const REPORT = fakeReport({ ladders });
// The project is compiled without the types of browsers: what runs there is told as text.
const FOCUS = 'document.activeElement.id';
const CLIPBOARD = `Object.defineProperty(navigator, 'clipboard', {
  value: { writeText: async (text) => { globalThis.copied = text; } },
})`;
/** A browser on a machine that others use takes its time. */
const PATIENCE = 60_000;

describe.skipIf(CHROMIUM === undefined)(titleWithChromium('in a browser'), () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'finrace-test-'));
    browser = await openChromium();
  }, PATIENCE);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** The page, opened from disk, and what it complained of or asked the network for. */
  async function open(
    content: string,
    options: BrowserContextOptions = {},
    hash = '',
  ): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
    const path = join(folder, 'report.html');
    writeFileSync(path, content);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE / 2);
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(path).href + hash);
    return { page, complaints, requests };
  }

  const shownFindings = (page: Page) => page.locator('[data-severity]:visible').count();

  test(
    'opens without a complaint, and asks for nothing',
    async () => {
      const { page, complaints, requests } = await open(render(REPORT));
      expect(await page.locator('h1').textContent()).toContain('1,250 requests were lost');
      expect(await page.locator('article svg').count()).toBeGreaterThan(10);
      expect(complaints).toEqual([]);
      expect(requests).toHaveLength(1);
      // The policy holds: neither a script nor a style that was put in later does anything.
      await page.evaluate(`{
        const script = document.createElement('script');
        script.textContent = 'document.title = "taken over"';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'https://example.invalid/x.png';
        document.body.append(image);
      }`);
      await expect.poll(() => complaints.length).toBe(2);
      expect(await page.title()).not.toBe('taken over');
      expect(complaints.filter((complaint) => complaint.includes('Content Security Policy'))).toHaveLength(2);
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'runs nothing that came from the wire',
    async () => {
      const attack = `"'><script>document.title='taken over'</script><img src=x onerror="document.title='taken over'">`;
      const finding = fakeFinding({
        id: attack,
        summary: attack,
        server: attack,
        client: attack,
        displayFilter: attack,
      });
      const { page, complaints, requests } = await open(
        render(fakeReport({ findings: [finding], ladders: new Map([[attack, { ...fakeLadder(), server: attack }]]) })),
      );
      expect(await page.locator('h5').textContent()).toBe(attack);
      expect(await page.locator('.filter code').textContent()).toBe(attack);
      expect(await page.locator('article').getAttribute('id')).toBe(`f-${attack}`);
      expect(await page.title()).not.toBe('taken over');
      expect(await page.locator('img').count()).toBe(0);
      expect([complaints, requests.length]).toEqual([[], 1]);
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'can be read without script: nothing hidden, no control that does nothing',
    async () => {
      const { page } = await open(render(REPORT), { javaScriptEnabled: false });
      expect(await shownFindings(page)).toBe(findings.length);
      expect(await page.locator('button:visible, input:visible').count()).toBe(0);
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'filters by words and by severity, and a link to what is hidden shows it',
    async () => {
      const { page } = await open(render(REPORT));
      await page.fill('#find', 'upload');
      expect(await shownFindings(page)).toBe(1);
      expect(await page.locator('#count').textContent()).toBe(`1 of ${findings.length} shown`);
      expect(await page.locator('.server:visible').count()).toBe(1);
      await page.fill('#find', 'undelayed-close lingers-nowhere');
      expect(await shownFindings(page)).toBe(0);
      await page.keyboard.press('Escape');
      expect(await shownFindings(page)).toBe(findings.length);
      await page.uncheck('input[value=error]');
      expect(await shownFindings(page)).toBe(2);
      await page.evaluate("location.hash = '#f-b0000000'");
      await page.waitForSelector('#f-b0000000', { state: 'visible' });
      expect(await shownFindings(page)).toBe(findings.length);
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'has anchors that lead to findings',
    async () => {
      const { page } = await open(render(REPORT), {}, '#f-d0000000');
      const target = page.locator('#f-d0000000');
      expect(await page.locator(':target').getAttribute('id')).toBe('f-d0000000');
      await expect.poll(async () => (await target.boundingBox())!.y).toBeLessThan(800);
      expect((await target.boundingBox())!.y).toBeGreaterThanOrEqual(0);
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'copies a filter, also where the browser has no clipboard for it',
    async () => {
      const { page } = await open(render(REPORT));
      await page.evaluate(CLIPBOARD);
      await page.locator('#f-b0000000 button').click();
      expect(await page.evaluate('copied')).toBe('tcp.stream eq 90 && frame.number eq 700');
      await expect.poll(() => page.locator('#said').textContent()).toContain('Copied: tcp.stream eq 90');
      await page.context().close();

      const { page: other } = await open(render(REPORT));
      await other.evaluate(`
        Object.defineProperty(navigator, 'clipboard', { value: undefined });
        document.execCommand = (command) => {
          globalThis.copied = command + ': ' + document.activeElement.value;
          return true;
        };`);
      await other.locator('#f-b0000000 button').click();
      expect(await other.evaluate('copied')).toBe('copy: tcp.stream eq 90 && frame.number eq 700');
      await other.context().close();
    },
    PATIENCE,
  );

  test(
    'is used by keyboard: Tab comes by every control, in the order of the page; / j k c do what they say',
    async () => {
      const { page } = await open(render(fakeReport({ findings: findings.slice(38), ladders })));
      const controls = await page.locator('a:visible, button:visible, input:visible, summary:visible').count();
      // The link that skips is off the screen until it has the focus.
      const focused: number[] = [];
      for (let press = 0; press < controls + 10; press++) {
        await page.keyboard.press('Tab');
        const place = await page.evaluate<number>(
          "[...document.querySelectorAll('a, button, input, summary, [tabindex]')].indexOf(document.activeElement)",
        );
        if (place < 0 || place === focused[0]) break;
        focused.push(place);
      }
      expect(focused.length).toBeGreaterThanOrEqual(controls);
      expect(focused).toEqual([...focused].sort((a, b) => a - b));
      expect(new Set(focused).size).toBe(focused.length);

      await page.evaluate('scrollTo(0, 0)');
      await page.locator('h1').click();
      await page.keyboard.press('/');
      expect(await page.evaluate(FOCUS)).toBe('find');
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      const second = await page.evaluate(FOCUS);
      await page.keyboard.press('k');
      const first = await page.evaluate(FOCUS);
      const order = await page
        .locator('[data-severity]')
        .evaluateAll((nodes) => nodes.map((node) => (node as { id: string }).id));
      expect([first, second]).toEqual(order.slice(0, 2));
      await page.evaluate(CLIPBOARD);
      await page.keyboard.press('c');
      expect(await page.evaluate('copied')).toContain('tcp.stream eq');
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'fits a phone: only what is wide in itself scrolls sideways',
    async () => {
      const page = (await open(render(REPORT), { viewport: { width: 390, height: 844 } })).page;
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'follows the light and the dark of the reader, and prints in light without controls',
    async () => {
      const background = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor');
      const { page: light } = await open(render(REPORT), { colorScheme: 'light' });
      const { page: dark } = await open(render(REPORT), { colorScheme: 'dark' });
      expect(await background(light)).toBe('rgb(255, 255, 255)');
      expect(await background(dark)).toBe('rgb(20, 23, 28)');
      await dark.fill('#find', 'upload');
      await dark.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await background(dark)).toBe('rgb(255, 255, 255)');
      expect(await dark.locator('button:visible, input:visible, nav:visible').count()).toBe(0);
      const pdf = await dark.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      // Page objects are written in plain.
      expect(pdf.toString('latin1').match(/\/Type \/Page\b(?!s)/g)!.length).toBeGreaterThan(1);
      await light.context().close();
      await dark.context().close();
    },
    PATIENCE,
  );

  test(
    'opens a report with a thousand findings, and filters it',
    async () => {
      const many = Array.from({ length: 1000 }, (_, index) =>
        fakeFinding({ id: (0xa0000000 + index).toString(16), stream: index, server: `10.0.${index % 7}.2:8080` }),
      );
      const ladders = new Map(many.map(({ id, stream }) => [id, { ...fakeLadder(), stream: stream! }]));
      const { page, complaints } = await open(render(fakeReport({ findings: many, ladders })));
      expect(await shownFindings(page)).toBe(1000);
      await page.fill('#find', '10.0.3.2');
      expect(await shownFindings(page)).toBe(143);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE,
  );

  test(
    'the golden file is a page without complaints too',
    async () => {
      const golden = readFileSync(new URL('../../../fixtures/expected/report/race-node.html', import.meta.url), 'utf8');
      const { page, complaints } = await open(golden);
      expect(await page.locator('article').count()).toBeGreaterThan(2);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE,
  );
});
