// A fingerprint names a problem and not a capture of it: both ends of a link, another run on another day, other clients
// and other ports give the same one.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { analyzeFile } from './testing/analyze-file.ts';

const LAB = fileURLToPath(new URL('../fixtures/captures/lab/', import.meta.url));

/** What one end cannot see, it cannot report. */
const SEEN_AT_ONE_END: ReadonlySet<string> = new Set([
  // The middlebox swallows the request: what reaches the server is silence.
  'black-hole-nginx',
]);

const PAIRS = readdirSync(LAB).flatMap((file) => {
  const [, name, ending] = /^(.+)\.client(\.pcap(?:ng)?)$/.exec(file) ?? [];
  return name === undefined || SEEN_AT_ONE_END.has(name) ? [] : [{ name, ending: ending! }];
});

/** Each fingerprint with how often it was found. */
async function fingerprintsIn(path: string, rule?: string): Promise<[string, string][]> {
  const { findings } = await analyzeFile(LAB + path, { detail: 'findings' });
  return findings
    .filter((finding) => rule === undefined || finding.rule === rule)
    .map((finding): [string, string] => [finding.rule, finding.fingerprint])
    .sort();
}

test('there are pairs of captures', () => expect(PAIRS.length).toBeGreaterThan(100));

test.each(PAIRS)('both ends of $name', async ({ name, ending }) => {
  const atClient = await fingerprintsIn(`${name}.client${ending}`);
  expect(await fingerprintsIn(`${name}.server${ending}`)).toEqual(atClient);
});

describe('the same requests lost to the same server on another day, by another client', () => {
  test.each(['fin-crosses-request', 'idle-timeout-mismatch'])('%s', async (rule) => {
    const once = await fingerprintsIn('race-nginx.client.pcap', rule);
    expect(once.length).toBeGreaterThan(0);
    expect(await fingerprintsIn('race-urlconnection.client.pcap', rule)).toEqual(once);
  });
});
