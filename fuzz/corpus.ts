// The real captures that are mutated: all of fixtures/captures.
import { readdirSync, readFileSync } from 'node:fs';
import { projectPath } from './project.ts';

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export function readCorpus(): readonly CorpusFile[] {
  const folder = projectPath('fixtures', 'captures');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.pcap(ng)?(\.\w+)?$/.test(name))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(projectPath('fixtures', 'captures', name)) }));
}
