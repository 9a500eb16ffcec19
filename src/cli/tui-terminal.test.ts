// The terminal interface as a user meets it: the built program in a pseudo-terminal. `npm run check` builds before; run
// `npm run build` after a change.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { readCapture } from '../testing/read-capture.ts';
import { inTerminal, TerminalProgram } from '../testing/terminal-program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const RACE = 'fixtures/captures/lab/race-node.client.pcap';
const BUSY = 'fixtures/captures/lab/healthy-busy-nginx.client.pcap';
const folder = mkdtempSync(join(tmpdir(), 'finrace-tui-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?1049l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR = '\x1b[2J';
// The verdict is drawn, and not only what was counted until then.
const READY = /1 Findings [1-9].*4 Exchanges 11\b[\s\S]*help/;

/** The program in a folder of its own. */
function inFolder(words: string, options: { readonly columns?: number } = {}) {
  const own = mkdtempSync(join(folder, 'in-'));
  copyFileSync(join(root, RACE), join(own, 'race.pcap'));
  const start = (end = '') => {
    const shell = `cd '${own}' && ${process.execPath} '${join(root, 'bin/finrace.js')}' ${words}${end}`;
    return new TerminalProgram('bash', ['-c', shell], { columns: 120, ...options });
  };
  return { own, start };
}

const framesIn = async (path: string) => (await readCapture(byteSource(readFileSync(path)))).frames;

/** The terminal is as it was before. */
function expectRestored({ log }: TerminalProgram): void {
  // Nothing of it was drawn before, either.
  expect(log.indexOf(ENTER)).toBeLessThan(log.indexOf('\x1b[?2026h'));
  expect(log.lastIndexOf(LEAVE)).toBeGreaterThan(log.lastIndexOf(ENTER));
  expect(log.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(log.lastIndexOf('\x1b[?25l'));
  expect(log.lastIndexOf('\x1b[?1000l')).toBeGreaterThan(log.lastIndexOf('\x1b[?1000h'));
  expect(log.lastIndexOf('\x1b[?2004l')).toBeGreaterThan(log.lastIndexOf('\x1b[?2004h'));
}

describe.runIf(existsSync(join(root, 'dist/finrace/tui-worker.js')))('finrace tui', { timeout: 120_000 }, () => {
  test('every view, deeper and back, the ladder, filter, help, copy, quit', async () => {
    const program = inTerminal([RACE]);
    expect(await program.until(READY)).toContain('> error     idle-timeout-mismatch');
    await program.press('2').until(/stream finding client/);
    await program.press('3').until(/server +product/);
    await program.press('\r').until(/server closes after 3\.00 s ▲[\s\S]*gives up waiting/);
    await program.press('q4').until(/frame↓ stream status/);
    await program.press('1j\r').until(/ERROR fin-crosses-request[\s\S]*What happened/);
    await program.press('L').until(/│─ POST \/order ─+▶│ +lost request\n[\s\S]*FIN, ACK ─│ +server FIN/);
    await program.press('\x1b').until(/What happened/);
    await program.press('\x1b').until(/severity/);
    await program.press('2/finrace.severity == error').until(/1 error[\s\S]*\/finrace\.severity == error/);
    await program.press('\r').until(/filter: finrace\.severity == error .*1 of 3 \(of 8\)/);
    await program.press('/ && tcp.prt == 1').until(/there is no field 'tcp\.prt'/);
    await program.press('\x1b').until(/filter: finrace\.severity == error .*1 of 3/);
    await program.press('?').until(/Keys in a list/);
    await program.press('?y').until(/Copied: tcp\.stream eq 1/);
    expect(program.log).toContain(`\x1b]52;c;${Buffer.from('tcp.stream eq 1').toString('base64')}\x07`);
    await program.press(':nonsense\r').until(/There is no command 'nonsense'/);
    program.press('q');
    expect(await program.exit).toMatchObject({ code: 0 });
    expectRestored(program);
    expect(program.log).not.toContain(CLEAR);
  });

  test('what one key writes at 200x50 stays within its budget', async () => {
    const program = inTerminal(['tui', BUSY], { columns: 200, rows: 50 });
    // All is read: what comes with the reading is not what a key writes.
    await program.until(/ frames, [\s\S]*4 Exchanges [1-9][\d,]*[\s\S]*help/);
    await program.press('4').until(/frame↓ stream/);
    await program.settled();
    // On the mean of ten: the end of what one key writes may come when the next one was pressed already.
    const costOf = async (keys: string, rows: number, from: number) => {
      const before = program.log.length;
      for (let row = from; row < from + rows; row++) {
        await program.press(keys).until(new RegExp(`\\s${row} of \\d`));
      }
      await program.settled();
      return Buffer.byteLength(program.log.slice(before)) / rows;
    };
    const moving = await costOf('j', 10, 2);
    await program.press('G').until(/\s(\d+) of \1\s/);
    await program.press('g').until(/\s1 of \d/);
    await program.press('jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj').until(/\s45 of \d/);
    await program.settled();
    const scrolling = await costOf('j', 10, 46);
    expect(moving).toBeLessThan(3000);
    expect(scrolling).toBeLessThan(10_000);
    expect(program.log).not.toContain(CLEAR);
    program.press('Q');
    expect((await program.exit).code).toBe(0);
  });

  test('any size at any time; too small is said', async () => {
    const program = inTerminal(['tui', RACE], { columns: 200, rows: 50 });
    await program.until(/4 Exchanges 11\b[\s\S]* │ ERROR idle-timeout-mismatch[\s\S]*help/);
    program.resize(40, 10);
    await program.until(/Too small/);
    program.resize(80, 24);
    const screen = await program.until(/^finrace {2}race-node[\s\S]*─{80}\nERROR idle-timeout-mismatch[\s\S]*\? help/);
    expect(screen.match(/ 1 Findings 4 /g)).toHaveLength(1);
    program.resize(120, 40);
    await program.until(/server +client +what happened[\s\S]*help/);
    program.press('q');
    await program.exit;
  });

  test.each<[string, (program: TerminalProgram) => unknown, number]>([
    ['Q', (program) => program.press('Q'), 0],
    ['ctrl-C', (program) => program.press('\x03'), 130],
    ['SIGINT', (program) => program.kill('SIGINT'), 130],
    ['SIGTERM', (program) => program.kill('SIGTERM'), 143],
    ['SIGHUP', (program) => program.kill('SIGHUP'), 129],
  ])('%s leaves the terminal as it was', async (_, leave, code) => {
    const program = inTerminal(['tui', RACE]);
    await program.until(READY);
    leave(program);
    expect((await program.exit).code).toBe(code);
    expectRestored(program);
  });

  test('so does a crash, which is told of behind it', async () => {
    const bomb = 'data:text/javascript,process.on(%22SIGUSR2%22,()=>{throw%20new%20Error(%22boom%22)})';
    const program = inTerminal(['tui', RACE], { env: { NODE_OPTIONS: `--import=${bomb}` } });
    await program.until(READY);
    program.kill('SIGUSR2');
    expect((await program.exit).code).toBe(2);
    expectRestored(program);
    expect(program.log.slice(program.log.lastIndexOf(LEAVE))).toMatch(/finrace: internal error.*boom/);
  });

  test('ctrl-Z goes to the shell, fg comes back to the same screen', async () => {
    const program = new TerminalProgram('bash', ['--norc', '-i'], { env: { PS1: 'ready> ' } });
    await program.until(/ready>\s*$/);
    await program.press(`${process.execPath} bin/finrace.js tui ${RACE}\r`).until(READY);
    await program.press('2jj').until(/>\s+2 /);
    await program.press('\x1a').until(/Stopped/);
    // The shell asks for pasted text in brackets again, so not all of it is as it was.
    expect(program.log.lastIndexOf(LEAVE)).toBeGreaterThan(program.log.lastIndexOf(ENTER));
    await program.press('fg\r').until(/>\s+2 [\s\S]*3 of 8/);
    await program.press('q').until(/ready>\s*$/);
    program.press('exit\r');
    await program.exit;
  });

  test('e writes the connection with its comments, and never over a file that is there', async () => {
    const { own, start } = inFolder('race.pcap');
    const program = start();
    await program.until(READY);
    await program.press('je').until(/:export race\.stream-1\.pcapng/);
    await program
      .press('\r')
      .until(/race\.stream-1\.pcapng: \d+ frames of 1 connection, [1-9]\d* of them with comments/);
    const original = (await framesIn(join(root, RACE))).map(({ time, data }) => ({ time, data }));
    const written = await framesIn(join(own, 'race.stream-1.pcapng'));
    // Frames of the original, in their order, and fewer of them.
    expect(written.length).toBeGreaterThan(4);
    expect(written.length).toBeLessThan(original.length / 2);
    let at = 0;
    for (const { time, data } of written) {
      while (at < original.length && !(original[at]!.time === time && original[at]!.data.equals(data))) at++;
      expect(at++).toBeLessThan(original.length);
    }
    const bytes = readFileSync(join(own, 'race.stream-1.pcapng'));
    const { findings } = await analyzeBytes(bytes);
    expect(findings.filter(({ rule }) => rule === 'fin-crosses-request')).toHaveLength(1);
    expect(bytes.toString('latin1')).toMatch(
      /\[fin-crosses-request ERROR id=[0-9a-f]+\] .* \(frame 70 of the original\)/,
    );

    // Once more, of the connection: the first one stays.
    await program.press('2j:export\r').until(/race\.stream-1\.2\.pcapng: \d+ frames of 1 connection/);
    expect(readFileSync(join(own, 'race.stream-1.pcapng'))).toEqual(bytes);
    expect(await framesIn(join(own, 'race.stream-1.2.pcapng'))).toEqual(written);
    // A finding about several connections comes with all of them.
    await program.press('1ge\r').until(/race\.finding-[0-9a-f]+\.pcapng: \d+ frames of [2-9] connections, /);
    // Everything.
    await program.press(':export all all.pcapng\r').until(/all\.pcapng: 110 frames, [1-9]\d* of them with comments/);
    expect((await framesIn(join(own, 'all.pcapng'))).map(({ time, data }) => ({ time, data }))).toEqual(original);

    await program.press(':export race.pcap\r').until(/Not exported: race\.pcap: is one of the inputs/);
    await program.press(':export no/such/x.pcapng\r').until(/Not exported: .*cannot be written: no such directory/);
    await program.press(':export .\r').until(/Not exported: .*is a directory/);
    expect(readFileSync(join(own, 'race.pcap'))).toEqual(readFileSync(join(root, RACE)));
    expect(readdirSync(own).filter((name) => name.includes('tmp'))).toEqual([]);
    program.press('Q');
    expect((await program.exit).code).toBe(0);
    expectRestored(program);
  });

  test('who leaves while an export is written leaves nothing of it behind', async () => {
    const { own, start } = inFolder('race.pcap');
    const capture = readFileSync(join(own, 'race.pcap'));
    const header = 24;
    writeFileSync(
      join(own, 'race.pcap'),
      Buffer.concat([capture.subarray(0, header), ...Array(1000).fill(capture.subarray(header))]),
    );
    const program = start();
    await program.until(/110,000 frames[\s\S]*help/);
    await program.press(':export all all.pcapng\r').until(/Writing all\.pcapng/);
    program.press('Q');
    expect((await program.exit).code).toBe(0);
    expectRestored(program);
    // Whole, where it was finished by then.
    const left = readdirSync(own).filter((name) => name !== 'race.pcap');
    if (left.length > 0) {
      expect(left).toEqual(['all.pcapng']);
      expect(await framesIn(join(own, 'all.pcapng'))).toHaveLength(110_000);
    }
  });

  test('rules of a configuration: other severities, and off', async () => {
    const { own, start } = inFolder('race.pcap');
    mkdirSync(join(own, '.git'));
    writeFileSync(
      join(own, 'finrace.config.json'),
      JSON.stringify({ rules: { 'fin-crosses-request': 'info', 'idle-timeout-mismatch': 'off' } }),
    );
    const program = start();
    const screen = await program.until(/1 Findings 3 [\s\S]*4 Exchanges 11\b[\s\S]*help/);
    expect(screen).toMatch(/> info +fin-crosses-request/);
    expect(screen).not.toMatch(/error|idle-timeout-mismatch/);
    await program.press('/finrace.severity == info').until(/1 of 3/);
    program.press('\x03');
    expect((await program.exit).code).toBe(130);
  });

  test.each([60, 80, 99, 100, 101, 120, 160, 161, 200])('%d columns are all used', async (columns) => {
    const program = inTerminal([RACE], { columns, rows: 30 });
    const lines = (await program.until(/4 Exchanges[\s\S]*1 of 4\nEnter open/)).split('\n');
    // Of the lines that are filled up the last column stays free.
    expect(lines[0]).toHaveLength(columns - 1);
    expect(lines[0]).toMatch(/^finrace {2}.*110 frames, 11\.2 kB$/);
    expect(lines.at(-2)).toMatch(/1 of 4$/);
    if (columns < 160) expect(lines).toContain('─'.repeat(columns));
    program.press('Q');
    await program.exit;
  });

  test('a capture from a pipe, keys from the terminal: rows come as they are captured, and stay when it ends', async () => {
    const pipe = join(folder, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const program = new TerminalProgram('bash', ['-c', `cat ${pipe} | ${process.execPath} bin/finrace.js tui -`]);
    const bytes = readFileSync(join(root, RACE));
    const writer = openSync(pipe, 'w');
    writeSync(writer, bytes, 0, 6000);
    await program.until(/standard input +reading: [\s\S]*2 Connections [1-9][\s\S]*stop reading/);
    await program.press('2G').until(/stream finding client/);
    writeSync(writer, bytes, 6000);
    await program.until(/2 Connections 8 /);
    closeSync(writer);
    await program.until(/110 frames[\s\S]*1 Findings 4 /);
    await program.press('gL').until(/No segments: the segments of standard input are gone/);
    await program.press('\x1b').until(/stream finding client/);
    await program.press('e').until(/cannot be exported: open a file instead/);
    program.press('Q');
    expect((await program.exit).code).toBe(0);
    expectRestored(program);
  });

  test('a pipe that goes on: its reading can be stopped, and left', async () => {
    const pipe = join(folder, 'endless');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const program = new TerminalProgram('bash', [
      '-c',
      `cat ${pipe} | (${process.execPath} bin/finrace.js tui -; echo left $?)`,
    ]);
    const writer = openSync(pipe, 'w');
    writeSync(writer, readFileSync(join(root, RACE)));
    await program.until(/2 Connections 8 [\s\S]*stop reading/);
    await program.press('\x1b').until(/110 frames, .*stopped[\s\S]*1 Findings 4 /);
    await program.press('q').until(/left 0/);
    expectRestored(program);
    closeSync(writer);
    await program.exit;
  });

  test('NO_COLOR: no colour, and all of the words', async () => {
    const program = inTerminal(['tui', '--symbols', 'ascii', '--no-mouse', RACE], { env: { NO_COLOR: '1' } });
    expect(await program.until(READY)).toMatch(/-{80}/);
    await program.press('jL').until(/\|- GET \/first -+>\|/);
    program.press('Q');
    await program.exit;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there
    expect(program.log).not.toMatch(/\x1b\[[0-9;]*\b(3[0-7]|9[0-7])m/);
    expect(program.log).not.toContain('\x1b[?1000h');
  });

  test('what cannot be read is one line, and the screen is never taken', async () => {
    const noCapture = join(folder, 'text.pcap');
    appendFileSync(noCapture, 'this is no capture at all, it is text');
    for (const [path, words] of [
      ['no-such.pcap', /finrace: no-such\.pcap: no such file/],
      [noCapture, /finrace: .*text\.pcap: not a capture/],
    ] as const) {
      const program = inTerminal(['tui', path], { columns: 200 });
      expect((await program.exit).code).toBe(2);
      expect(program.log).toMatch(words);
      expect(program.log).not.toContain(ENTER);
    }
  });

  test('analyze, and what asks for a report, print it on a terminal too', async () => {
    for (const words of [
      ['analyze', RACE],
      ['--quiet', RACE],
      ['--format', 'json', RACE],
    ]) {
      const program = inTerminal(words);
      expect((await program.exit).code).toBe(0);
      expect(program.log).not.toContain(ENTER);
    }
  });

  test('without a terminal it is the report of analyze, which stderr says', () => {
    const run = (words: readonly string[]) =>
      spawnSync(process.execPath, ['bin/finrace.js', ...words], { cwd: root, encoding: 'utf8' });
    const { status, stdout, stderr } = run(['tui', RACE]);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'finrace: standard output is no terminal, so this is the report of analyze\n',
    });
    expect(stdout).toBe(run(['analyze', RACE]).stdout);
  });
});
