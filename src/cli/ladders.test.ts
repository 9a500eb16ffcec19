// --ladders and the HTML report on real files: the captures are read a second time where they can be.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { analyze } from '../analyze.ts';
import { RULES } from '../rules/catalogue.ts';
import { openFile } from './file-source.ts';
import { run } from './main.ts';
import type { World } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'finrace-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const RACE = fileURLToPath(new URL('../../fixtures/captures/lab/race-node.client.pcap', import.meta.url));

async function call(words: readonly string[], changes: Partial<World> = {}): Promise<string> {
  const stdout = Object.assign(new PassThrough(), { text: '' });
  stdout.on('data', (chunk) => {
    stdout.text += chunk;
  });
  const code = await run(words, {
    stdout,
    stderr: new PassThrough(),
    stdinIsTerminal: false,
    env: {},
    cwd: process.cwd(),
    now: () => new Date(),
    rules: RULES.map(({ documentation }) => documentation),
    analyze,
    openSource: openFile,
    ...changes,
  });
  expect(code).toBe(0);
  return stdout.text;
}

interface JsonFinding {
  readonly stream: number | null;
  readonly evidence: readonly { readonly frame: number }[];
  readonly ladder?: {
    readonly basis: string;
    readonly rows: readonly { readonly kind: string; readonly frame?: number }[];
  };
}

test('JSON has ladders when they are asked for, with every frame that is evidence', async () => {
  const findings: JsonFinding[] = JSON.parse(await call(['analyze', '-f', 'json', '--ladders', RACE])).findings;
  const onOneConnection = findings.filter(({ stream }) => stream !== null);
  expect(onOneConnection.length).toBeGreaterThan(2);
  for (const { evidence, ladder } of onOneConnection) {
    expect(ladder!.basis).toBe('segments');
    const frames = ladder!.rows.map(({ frame }) => frame);
    for (const { frame } of evidence) expect(frames).toContain(frame);
  }
  const without: JsonFinding[] = JSON.parse(await call(['analyze', '-f', 'json', RACE])).findings;
  expect(without.some((finding) => 'ladder' in finding)).toBe(false);
});

test('HTML has them always, also of several captures in one', async () => {
  const server = RACE.replace('.client.', '.server.');
  for (const captures of [[RACE], [RACE, server]]) {
    const page = await call(['analyze', '-f', 'html', ...captures]);
    expect(page).toContain('Seq=0 Ack=1 Len=0');
    expect(page).not.toContain('Drawn from the evidence alone');
  }
});

test('what cannot be read a second time is drawn from the evidence', async () => {
  const source = () => {
    const file = openFile(RACE);
    return { read: file.read.bind(file), close: file.close.bind(file), size: undefined };
  };
  expect(await call(['analyze', '-f', 'html', 'pipe'], { openSource: source })).toContain(
    'Drawn from the evidence alone',
  );
  expect(await call(['analyze', '-f', 'html', '-'], { openSource: () => openFile(RACE) })).toContain(
    'Drawn from the evidence alone',
  );
  const gone = join(folder, 'gone.pcap');
  copyFileSync(RACE, gone);
  const page = await call(['analyze', '-f', 'html', gone], {
    analyze: async (inputs, options) => {
      const report = await analyze(inputs, options);
      rmSync(gone);
      return report;
    },
  });
  expect(page).toContain('Drawn from the evidence alone');
});
