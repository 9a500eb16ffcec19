// Chromium, in which the HTML report is tried as its readers see it; tests that need it are skipped where it is not
// installed.
import { spawnSync } from 'node:child_process';
import type { Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const CHROMIUM = NAMES.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim()).find(
  (path) => path !== undefined && path !== '',
);

/** `title`, or a plain notice that it is not tested here. */
export function titleWithChromium(title: string): string {
  return CHROMIUM === undefined ? `${title} (skipped: no chromium)` : title;
}

export async function openChromium(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  // The sandbox needs rights that a container seldom gives; the page is our own.
  return chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
}
