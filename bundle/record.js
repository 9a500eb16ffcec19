// Runs the program that was bundled, and keeps what V8 compiled for that.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MACHINE_CODE } from './kernel-module.js';

const PROGRAM = fileURLToPath(new URL('../bin/finrace.js', import.meta.url));

/** In `folder`: the kernel's machine code, if V8 hands it out; and in the file `cache`, the core's code. */
export async function record(folder, cache) {
  const { generate } = await import('../dist/bench/generate.js');
  const temporary = mkdtempSync(join(tmpdir(), 'finrace-build-'));
  const capture = join(temporary, 'some.pcap');
  const run = (recorder, output) =>
    spawnSync(process.execPath, ['--import', new URL(recorder, import.meta.url).href, PROGRAM, 'analyze', capture], {
      env: { ...process.env, FINRACE_RECORD: output },
      encoding: 'utf8',
    });
  try {
    generate({ set: 'mix', output: capture, bytes: 4e6, seed: 1 });
    const machineCode = join(folder, MACHINE_CODE);
    const compiling = run('record-kernel.js', machineCode);
    let recorded = run('record-core.js', cache);
    // Nobody promises that V8's own functions work. The program does without them.
    const works = [compiling, recorded].every(({ status }) => status === 0) && recorded.stdout === compiling.stdout;
    if (!works && existsSync(machineCode)) {
      rmSync(machineCode);
      recorded = run('record-core.js', cache);
    }
    if (recorded.status !== 0)
      throw new Error(`a run of the program ended with ${recorded.status}: ${recorded.stderr}`);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
