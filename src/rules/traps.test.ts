// Healthy traffic gives no warning and no error, of any rule: in order, with every frame twice, and with neighbours
// swapped, as captures of several queues have them.
import { describe, expect, test } from 'vitest';
import { everyFrameTwice, findingsOf, framesOf } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';

async function alarmsOf(conversation: string | Buffer): Promise<string[]> {
  const findings = await findingsOf(conversation);
  return findings.filter(({ severity }) => severity !== 'info').map(({ rule, summary }) => `${rule}: ${summary}`);
}

describe.each(Object.entries(HEALTHY_CONVERSATIONS))('%s', (_, script) => {
  test('is no pathology', async () => {
    expect(await alarmsOf(script)).toEqual([]);
  });

  test('with every frame twice', async () => {
    expect(await alarmsOf(everyFrameTwice(script))).toEqual([]);
  });

  test('with two neighbours swapped', async () => {
    const frames = script
      .split('\n')
      .filter((line) => /^\d/.test(line) && !line.endsWith(' lost'))
      .map((_, index) => index + 1);
    // The handshake stays in front: without it another connection would be told.
    for (let at = 2; at + 1 < frames.length; at++) {
      const order = frames.with(at, frames[at + 1]!).with(at + 1, frames[at]!);
      expect(await alarmsOf(framesOf(script, order)), `frames ${order}`).toEqual([]);
    }
  });
});
