// Bundles the compiled program. A few files are found, read and linked in half the time that some three hundred modules
// take, and that time is spent at every start. Packages stay what they are.
import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

export default {
  // Threads start with a file of their own, which lies beside the one that starts them, as in src/.
  input: {
    main: 'dist/src/cli/main.js',
    job: 'dist/src/cli/jobs/job.js',
    'tui-worker': 'dist/src/cli/tui-worker.js',
  },
  platform: 'node',
  external: (id) =>
    id.startsWith('node:') || Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`)),
  output: { dir: 'dist/finrace', format: 'esm', chunkFileNames: '[name].js', cleanDir: true },
  logLevel: 'warn',
};
