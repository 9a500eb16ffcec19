// Compiles the kernel to WebAssembly, and writes it as a module that the program imports like any other.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const OPTIONS = [
  ...['-O3', '--noAssert'],
  // It allocates nothing: its memory is the program's.
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory'],
  // When shared memory grows, the views of it that somebody holds still hold. In pages of 64 KiB, as in src/http/kernel.ts.
  ...['--sharedMemory', '--initialMemory', '64', '--maximumMemory', '65536', '--enable', 'threads'],
  ...['--enable', 'simd', '--enable', 'bulk-memory'],
];

const project = dirname(dirname(fileURLToPath(import.meta.url)));
let code;
const { error, stderr } = await asc.main(['kernel/kernel.ts', '--outFile', 'kernel.wasm', ...OPTIONS], {
  readFile: (name) => {
    try {
      return readFileSync(join(project, name), 'utf8');
    } catch {
      return null;
    }
  },
  writeFile: (_, contents) => {
    code = Buffer.from(contents);
  },
});
if (error !== null) {
  process.stderr.write(stderr.toString());
  throw error;
}
writeFileSync(
  join(project, 'src/http/kernel-code.ts'),
  `// Written by kernel/compile.js: the kernel as WebAssembly, in base64.\nexport const KERNEL_CODE =\n  '${code.toString('base64')}';\n`,
);
