// Bundles the compiled program. A few files are found, read and linked in half the time that some three hundred modules
// take, and that time is spent at every start. Dependencies stay what they are. What reads the command line and what draws
// the screen are none, and are bundled: these packages took a fifth of a start, and three times as long as all else
// together.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { coreAsScript } from './core.js';
import { record } from './record.js';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// The last one is what Ink loads for developers of screens, and only then.
const external = [...Object.keys(dependencies), 'react-devtools-core'];

// Its package leaves its file out: the same owner's, and the same licence, as its sources say.
const LICENCE_OF = { 'yoga-layout': 'react' };

/** The licences of packages whose code is in the bundle go with it. */
const licences = {
  name: 'licences',
  generateBundle(_, bundle) {
    const folders = new Set();
    for (const { modules = {} } of Object.values(bundle)) {
      for (const id of Object.keys(modules)) {
        const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0].replace(/^\0/, '');
        if (folder !== undefined) folders.add(folder);
      }
    }
    const texts = [...folders].map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const owner = LICENCE_OF[name] === undefined ? folder : join(folder, '..', LICENCE_OF[name]);
      const file = readdirSync(owner).find((entry) => /^licen[sc]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} has no licence that could go with its code`);
      const text = readFileSync(join(owner, file), 'utf8').trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    });
    this.emitFile({
      type: 'asset',
      fileName: 'LICENSES.txt',
      source: [...new Set(texts)].sort().join(`\n${'-'.repeat(80)}\n\n`),
    });
  },
};

/** The parser of the command line can start other programs for commands. We have none, and what would is slow to load. */
const isUnused = (id, importer) => id === 'node:child_process' && /[\\/]commander[\\/]/.test(importer);
const NOTHING = '\0nothing';
const unused = {
  name: 'unused',
  resolveId: (id, importer) => (isUnused(id, importer) ? NOTHING : null),
  load: (id) => (id === NOTHING ? 'export {};' : null),
};

/** The kernel begins as machine code where it can. */
const kernel = {
  name: 'kernel',
  resolveId: (id) => (id === './kernel-module.js' ? fileURLToPath(new URL('kernel-module.js', import.meta.url)) : null),
};

const bundle = await rolldown({
  // Threads start with a file of their own, which lies beside the one that starts them, as in src/.
  input: {
    main: 'dist/src/cli/main.js',
    job: 'dist/src/cli/jobs/job.js',
    'tui-worker': 'dist/src/cli/tui-worker.js',
  },
  platform: 'node',
  external: (id, importer) =>
    (id.startsWith('node:') && !isUnused(id, importer)) ||
    external.some((name) => id === name || id.startsWith(`${name}/`)),
  // React's development build is slow, and measures without end.
  transform: { define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' } },
  plugins: [unused, licences, kernel],
  // A constant that stays a variable is loaded and checked wherever it is used, also in compiled code.
  optimization: { inlineConst: { mode: 'all', pass: 3 } },
  logLevel: 'warn',
  // Commands are loaded when they are called. One of them is a part of others, and in the file of all.
  checks: { ineffectiveDynamicImport: false },
});
await bundle.write({
  dir: 'dist/finrace',
  format: 'esm',
  chunkFileNames: '[name].js',
  // What every analysis needs is one file: to find, read and link thirty took a sixth of a start.
  codeSplitting: {
    groups: [{ name: 'core', test: /[\\/]dist[\\/]src[\\/]cli[\\/](?:main|commands[\\/]analyze)\.js$/ }],
  },
  cleanDir: true,
});
await bundle.close();

await record('dist/finrace', await coreAsScript('dist/finrace'));
