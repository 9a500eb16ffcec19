// Writes fixtures/captures/wire/ anew: npx tsc && node dist/src/testing/write-wire-captures.js
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wireCaptures } from './wire-captures.ts';

const folder = 'fixtures/captures/wire';
mkdirSync(folder, { recursive: true });
for (const [name, bytes] of wireCaptures()) writeFileSync(join(folder, name), bytes);
