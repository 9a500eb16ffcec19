// annotate, extract and wireshark-profile on real files.
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, test } from 'vitest';
import { analyze } from '../analyze.ts';
import { ReadableSource } from '../capture/readable-source.ts';
import { RULES } from '../rules/catalogue.ts';
import { copyOf } from '../rules/finding.ts';
import { analyzeFile } from '../testing/analyze-file.ts';
import { openFile } from './file-source.ts';
import { run } from './main.ts';
import { wiresharkFolder } from './wireshark-folder.ts';
import type { World } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'finrace-export-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/captures/${name}`, import.meta.url));
const RACE = fixture('signatures/s1a_crossed_close.client.pcap');
const HEALTHY = fixture('lab/healthy-reuse-nginx.server.pcapng');

async function call(words: readonly string[], changes: Partial<World> = {}) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const written: Buffer[] = [];
  let told = '';
  stdout.on('data', (chunk) => written.push(chunk));
  stderr.on('data', (chunk) => {
    told += chunk;
  });
  const code = await run(words, {
    stdout,
    stderr,
    stdinIsTerminal: false,
    env: {},
    cwd: folder,
    now: () => new Date(0),
    rules: RULES.map(({ documentation }) => documentation),
    analyze,
    openSource: openFile,
    ...changes,
  });
  const bytes = Buffer.concat(written);
  return { code, bytes, stdout: bytes.toString(), stderr: told };
}

const place = (name: string) => join(folder, name);

describe('annotate', () => {
  it('writes the capture, and tells how to look at it', async () => {
    const output = place('a.pcapng');
    const { code, stdout, stderr } = await call(['annotate', RACE, '-o', output]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replaceAll(folder, '')).toBe(
      `/a.pcapng: 12 frames, 4 of them have comments (1 finding).
  all  wireshark -r /a.pcapng -Y 'frame.comment matches "^.[a-z-]+ (ERROR|WARNING|INFO) id="'
  error fin-crosses-request  wireshark -r /a.pcapng -g 8  filter: frame.comment contains " id=0c64c2ee]"
`,
    );
    const [written, read] = await Promise.all([output, RACE].map((path) => analyzeFile(path)));
    expect(written!.findings.map(copyOf)).toEqual(read!.findings.map(copyOf));
    expect(readFileSync(output).includes('[fin-crosses-request ERROR id=0c64c2ee] server FIN: ')).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('without findings is the capture itself', async () => {
    const output = place('healthy.pcapng');
    const { stdout } = await call(['annotate', HEALTHY, '-o', output, '--only', 'fin-crosses-request']);
    expect(stdout).toContain('no findings, so no comments');
    expect(readFileSync(output).equals(readFileSync(HEALTHY))).toBe(true);
  });

  it('comments only what was asked for', async () => {
    const comments = async (...words: readonly string[]) => {
      const { bytes } = await call(['annotate', RACE, '-o', '-', '-q', ...words]);
      return bytes.toString('latin1').match(/ id=0c64c2ee\]/g)?.length ?? 0;
    };
    expect(await comments()).toBe(4);
    expect(await comments('--annotate', 'first')).toBe(1);
    expect(await comments('--ignore', 'fin-crosses-request')).toBe(0);
    expect(await comments('--host', '10.9.0.99')).toBe(0);
  });

  it('takes findings and severities from a configuration, but no output', async () => {
    const cwd = place('configured');
    mkdirSync(cwd);
    const config = { output: 'report.txt', rules: { 'fin-crosses-request': 'info' } };
    writeFileSync(join(cwd, 'finrace.config.json'), JSON.stringify(config));
    const { code, bytes } = await call(['annotate', RACE, '-o', '-', '-q'], { cwd });
    expect(code).toBe(0);
    expect(bytes.includes('[fin-crosses-request INFO id=0c64c2ee]')).toBe(true);
    expect(readdirSync(cwd)).toEqual(['finrace.config.json']);
    expect((await call(['annotate', RACE], { cwd })).stderr).toContain('no output given');
  });

  it('writes to standard output what it writes to a file, and reads standard input', async () => {
    const file = place('b.pcapng');
    await call(['annotate', RACE, '-o', file, '-q']);
    const { code, bytes, stderr } = await call(['annotate', '-', '-o', '-'], {
      openSource: () => new ReadableSource(Readable.from([readFileSync(RACE)])),
    });
    expect(code).toBe(0);
    expect(bytes.equals(readFileSync(file))).toBe(true);
    const kept = /standard input is read more than once: kept in (\S+) meanwhile/.exec(stderr)![1]!;
    expect(existsSync(kept)).toBe(false);
    expect(stderr).toContain('Written: 12 frames, 4 of them have comments (1 finding).');
  });

  it('takes the place of what was there only when it is whole', async () => {
    const output = place('kept.pcapng');
    const link = place('link.pcapng');
    writeFileSync(output, 'before', { mode: 0o600 });
    symlinkSync('kept.pcapng', link);
    writeFileSync(place('none.pcap'), 'no capture at all');
    expect((await call(['annotate', place('none.pcap'), '-o', link])).code).toBe(2);
    expect(readFileSync(output, 'utf8')).toBe('before');
    expect((await call(['annotate', RACE, '-o', link])).code).toBe(0);
    expect(readFileSync(output).readUInt32LE(0)).toBe(0x0a0d0d0a);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(readFileSync(link).equals(readFileSync(output))).toBe(true);
  });

  it('never writes over a capture that it reads', async () => {
    const original = place('original.pcap');
    writeFileSync(original, readFileSync(RACE));
    linkSync(original, place('hard.pcap'));
    symlinkSync('original.pcap', place('soft.pcap'));
    for (const output of ['original.pcap', 'hard.pcap', 'soft.pcap']) {
      const { code, stderr } = await call(['annotate', HEALTHY, original, '-o', place(output)]);
      expect(code).toBe(2);
      expect(stderr).toContain('is one of the inputs');
    }
    expect(readFileSync(original).equals(readFileSync(RACE))).toBe(true);
  });

  it('tells of a capture that is cut off, and keeps what is there', async () => {
    const cut = place('cut.pcap');
    writeFileSync(cut, readFileSync(RACE).subarray(0, -5));
    const { code, stdout, stderr } = await call(['annotate', cut, '-o', place('cut.pcapng')]);
    expect(code).toBe(0);
    expect(stdout).toContain('11 frames');
    expect(stderr).toMatch(/^finrace: warning: .*cut\.pcap.*the capture ends inside frame 12/);
  });

  it('says when frames are gone that were analysed', async () => {
    let opened = 0;
    const shrinking = place('shrinking.pcap');
    const { code, stderr } = await call(['annotate', RACE, '-o', place('shrunk.pcapng')], {
      openSource: () => {
        writeFileSync(shrinking, readFileSync(RACE).subarray(0, ++opened > 2 ? 500 : undefined));
        return openFile(shrinking);
      },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/the capture changed while it was read: \d of 12 frames are left/);
    expect(existsSync(place('shrunk.pcapng'))).toBe(false);
  });

  test.each([
    [[RACE], 'no output given (-o OUT.pcapng, or -o - for standard output)'],
    [['-o', 'x.pcapng'], 'no capture given'],
    [[RACE, '-o', '/nowhere/x.pcapng'], 'cannot be written: no such directory'],
    [[RACE, '-o', tmpdir()], 'cannot be written: is a directory'],
    [[RACE, '-o', '-', '--annotate', 'some'], "'some' is invalid"],
  ])('%j is a wrong call', async (words, message) => {
    const { code, stderr, bytes } = await call(['annotate', ...words]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(bytes).toHaveLength(0);
  });

  it('does not write bytes to a terminal', async () => {
    const stdout = Object.assign(new PassThrough(), { isTTY: true });
    const { code, stderr } = await call(['annotate', RACE, '-o', '-'], { stdout });
    expect(code).toBe(2);
    expect(stderr).toContain('standard output is a terminal');
  });
});

describe('extract', () => {
  const MANY = fixture('lab/race-apache.client.pcapng');

  it('cuts out the connections of a finding, with its comments', async () => {
    const [finding] = (await analyzeFile(MANY)).findings;
    const output = place('incident.pcapng');
    const words = ['extract', MANY, '--finding', finding!.id.slice(0, 6), '--annotate', 'all', '-o', output];
    const { code, stdout } = await call(words);
    expect(code).toBe(0);
    const report = await analyzeFile(output);
    expect(stdout).toContain(`: ${report.totals.frames} frames of 1 connection.\n`);
    expect(stdout).toMatch(/ {2}frames? 1(-\d+ were frames|\swas frame) \d+/);
    expect(report.findings.map(({ rule }) => rule)).toContain(finding!.rule);
    expect(readFileSync(output, 'utf8')).toContain(`(frame ${finding!.evidence[0]!.frame} of the original)`);
  });

  it('cuts out streams by their numbers', async () => {
    const output = place('streams.pcapng');
    expect((await call(['extract', MANY, '--stream', '2,5', '--stream', '0', '-o', output])).code).toBe(0);
    expect((await analyzeFile(output)).totals.connections).toBe(3);
  });

  test.each([
    [[], 'nothing to extract given (--finding ID or --stream N)'],
    [['--stream', '99'], 'no stream 99: the capture has 6 TCP streams, counted from 0'],
    [['--stream', '1x'], "'1x' is not a stream number"],
    [['--finding', 'zzz'], 'no finding "zzz"'],
  ])('%j is a wrong call', async (words, message) => {
    const output = place('none.pcapng');
    const { code, stderr } = await call(['extract', MANY, '-o', output, ...words]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(existsSync(output)).toBe(false);
  });
});

describe('wireshark-profile', () => {
  const env = { HOME: place('home') };
  const profile = join(env.HOME, '.config/wireshark/profiles/finrace');

  it('is printed, or written where Wireshark looks, again and again', async () => {
    expect((await call(['wireshark-profile'])).stdout).toContain('==> colorfilters <==');
    for (let time = 0; time < 2; time++) {
      const { code, stdout } = await call(['wireshark-profile', '--install'], { env });
      expect(code).toBe(0);
      expect(stdout).toContain(`Written: ${profile}\n`);
    }
    const names = ['colorfilters', 'dfilter_buttons', 'finrace.json', 'preferences', 'recent'];
    expect(readdirSync(profile).sort()).toEqual(names);
  });

  it('leaves alone what somebody else wrote or changed', async () => {
    // Wireshark writes this one whenever it ends.
    writeFileSync(join(profile, 'recent'), 'other widths');
    expect((await call(['wireshark-profile', '--install'], { env })).code).toBe(0);
    expect(readFileSync(join(profile, 'recent'), 'utf8')).toBe('other widths');
    writeFileSync(join(profile, 'preferences'), 'mine');
    const { code, stderr } = await call(['wireshark-profile', '--install'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('preferences: not as finrace wrote it');
    expect(readFileSync(join(profile, 'preferences'), 'utf8')).toBe('mine');
    expect((await call(['wireshark-profile', '--install', '--force'], { env })).code).toBe(0);
    expect(readFileSync(join(profile, 'preferences'), 'utf8')).toContain('finrace');
    mkdirSync(place('other'));
    writeFileSync(place('other/colorfilters'), 'mine');
    expect((await call(['wireshark-profile', '--into', place('other')])).code).toBe(2);
    expect(readdirSync(place('other'))).toEqual(['colorfilters']);
  });

  test.each([
    [{ HOME: '/h' }, 'linux', [], '/h/.config/wireshark'],
    [{ HOME: '/h', XDG_CONFIG_HOME: '/x' }, 'linux', [], '/x/wireshark'],
    [{ HOME: '/h' }, 'darwin', ['/h/.wireshark'], '/h/.wireshark'],
    [{ HOME: '/h' }, 'darwin', ['/h/.wireshark', '/h/.config/wireshark'], '/h/.config/wireshark'],
    [{ HOME: '/h', WIRESHARK_CONFIG_DIR: '/c' }, 'linux', [], '/c'],
    [{ APPDATA: '/app' }, 'win32', [], '/app/Wireshark'],
  ])('%j on %s with %j', (where, platform, folders, expected) => {
    const isFolder = (path: string) => (folders as readonly string[]).includes(path);
    expect(wiresharkFolder(where, platform, isFolder).path).toBe(expected);
  });
});
