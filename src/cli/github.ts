// TELLS GitHub Actions what a check found, by itself: annotations on the job and a summary on its page.
import { appendFileSync, statSync } from 'node:fs';
import { github } from '../report/github.ts';
import { markdownWithin } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { outputsOf } from './outputs.ts';
import { systemErrorInWords } from './system-errors.ts';
import type { World } from './world.ts';

/** GitHub refuses a step's summary of more than 1 MiB, all of it; other commands of the step may add to it. */
const SUMMARY_BYTES = 900_000;

/** Only when the program runs in a job of GitHub Actions, and nobody said --no-annotations. */
export function tellGitHub(
  report: Report,
  options: { readonly annotations: boolean; readonly format?: string; readonly output?: readonly string[] },
  world: World,
): void {
  if (world.env.GITHUB_ACTIONS !== 'true' || !options.annotations) return;
  // The runner reads commands from both streams. The report may be piped or parsed, so they go to stderr.
  if (!outputsOf(options).some(({ format, path }) => format === 'github' && path === '-')) {
    for (const piece of github.render(report, { color: false, width: 80, quiet: false })) world.stderr.write(piece);
  }
  const path = world.env.GITHUB_STEP_SUMMARY;
  if (path !== undefined && path !== '') summarise(report, path, world);
}

/** A summary that cannot be written is a pity, and no reason to fail a job. */
function summarise(report: Report, path: string, world: World): void {
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(path, markdownWithin(report, Math.max(SUMMARY_BYTES - size, 0), Buffer.byteLength));
  } catch (error) {
    const reason = systemErrorInWords(error);
    if (reason === null) throw error;
    world.stderr.write(`finrace: warning: the step summary cannot be written: ${reason}\n`);
  }
}
