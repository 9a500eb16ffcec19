// Healthy traffic gives no warning and no error, of any rule: in order, with every frame twice, with neighbours swapped, as
// captures of several queues have them, and with a frame missing.
import { describe, expect, test } from 'vitest';
import { everyFrameTwice, findingsOf, frameNumbersOf, framesOf } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';

async function alarmsOf(conversation: string | Buffer): Promise<string[]> {
  const findings = await findingsOf(conversation);
  return findings.filter(({ severity }) => severity !== 'info').map(({ rule, summary }) => `${rule}: ${summary}`);
}

/** Without the response nothing tells that the client had it when it reset. */
const GIVES_UP: Readonly<Record<string, number>> = {
  'the client resets before it has acknowledged the whole response': 4,
};

describe.each(Object.entries(HEALTHY_CONVERSATIONS))('%s', (name, script) => {
  test('is no pathology', async () => {
    expect(await alarmsOf(script)).toEqual([]);
  });

  test('with every frame twice', async () => {
    expect(await alarmsOf(everyFrameTwice(script))).toEqual([]);
  });

  test('with two neighbours swapped', async () => {
    const frames = frameNumbersOf(script);
    // The handshake stays in front: without it another connection would be told.
    for (let at = 2; at + 1 < frames.length; at++) {
      const order = frames.with(at, frames[at + 1]!).with(at + 1, frames[at]!);
      expect(await alarmsOf(framesOf(script, order)), `frames ${order}`).toEqual([]);
    }
  });

  test('with any one frame missing', async () => {
    const frames = frameNumbersOf(script);
    for (const missing of frames) {
      if (GIVES_UP[name] === missing) continue;
      const rest = frames.filter((frame) => frame !== missing);
      expect(await alarmsOf(framesOf(script, rest)), `without frame ${missing}`).toEqual([]);
    }
  });
});
