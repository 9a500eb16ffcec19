// Makes of the program's core a script that V8 need not compile at each start. What it compiled in one run is kept beside
// the script, and is used by whoever runs the same Node with the same flags: by all who build it themselves. Others compile
// as ever. It takes a tenth off an ordinary run, and a fifth off a short one.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const CORE = 'core.js';
/** V8 looks at its version and flags by itself; nobody promises that it looks at all that matters. */
const RUNTIME = `${process.version} ${process.platform} ${process.arch}`;

/** V8 keeps compiled code of scripts, not of modules: the module becomes one that runs a script. */
export async function coreAsScript(folder) {
  const { code, exports } = await scriptOf(join(folder, CORE));
  writeFileSync(join(folder, 'core.cjs'), code, 'latin1');
  // V8 knows code that was changed by its length alone. Its name says which code it was compiled from.
  const cache = `core-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.cache`;
  writeFileSync(join(folder, CORE), moduleFor(cache, exports));
  return join(folder, cache);
}

async function scriptOf(path) {
  const bundle = await rolldown({
    input: path,
    platform: 'node',
    external: (id) => !id.endsWith(CORE) && !id.includes('rolldown-runtime'),
    treeshake: false,
    logLevel: 'warn',
  });
  const { output } = await bundle.generate({ format: 'cjs', exports: 'named' });
  await bundle.close();
  const [{ code, imports, exports }] = output;
  const others = imports.filter((id) => !id.startsWith('node:'));
  if (others.length > 0) throw new Error(`${path} imports ${others}: a script cannot wait for a module`);
  // A script cannot import by itself, and is read the faster when it has one byte for each character.
  const script = code
    .replaceAll(/\bimport\("\.\/([^"]+)"\)/g, (call, name) => ownOf(join(path, '..', name)) ?? `__${call}`)
    .replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return { code: `(function (exports, require, __filename, __import) {${script}\n})`, exports };
}

/** What stands for importing a file that only hands on parts of the core: those parts. Undefined: it is no such file. */
function ownOf(path) {
  // Comments import types.
  if (!existsSync(path)) return undefined;
  const [, names] = /^export \{ ([^}]+) \} from "\.\/core\.js";\s*$/.exec(readFileSync(path, 'utf8')) ?? [];
  const parts = names?.split(', ').map((name) => {
    const [own, told = own] = name.split(' as ');
    return `${told}: exports[${JSON.stringify(own)}]`;
  });
  return parts && `Promise.resolve({ ${parts.join(', ')} })`;
}

const moduleFor = (cache, exports) => `import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
const filename = fileURLToPath(new URL('core.cjs', import.meta.url));
let cachedData;
if (\`\${process.version} \${process.platform} \${process.arch}\` === '${RUNTIME}') {
  try {
    cachedData = readFileSync(new URL('${cache}', import.meta.url));
  } catch {
    // Without it, all is compiled.
  }
}
const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
const core = {};
script.runInThisContext()(core, createRequire(import.meta.url), filename, (name) => import(name));
${exports.map((name, i) => `const e${i} = core[${JSON.stringify(name)}];`).join('\n')}
export { ${exports.map((name, i) => `e${i} as ${name}`).join(', ')} };
`;
