// Properties of reassembly: whatever way bytes are cut into segments, repeated, overlapped and shuffled, the sink gets
// them once each and in order, with the frame and acknowledgement number of their first transmission; and what the
// capture lacks is a hole of exactly its length.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Delivery, type Recorder, Rig, type Sent, type Side } from '../testing/tcp-rig.ts';
import { FIN } from '../wire/segment.ts';

/** Frames that the handshake takes. */
const HANDSHAKE = 3;

interface Transmission {
  readonly side: Side;
  readonly at: number;
  readonly end: number;
  readonly ack: number;
  readonly fin: boolean;
}

/** Pseudo-random text, so that bytes in the wrong place are told from those in the right one. */
function streamOf(side: Side, length: number): string {
  let state = side === 'C' ? 12345 : 54321;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return String.fromCharCode(97 + ((state >>> 16) % 26));
  }).join('');
}

const sequenceStart = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  // The wrap, or the change of sign, lies inside of the stream.
  fc.integer({ min: 0, max: 400 }).map((before) => 2 ** 32 - before - 1),
  fc.integer({ min: 0, max: 400 }).map((before) => 2 ** 31 - before - 1),
);

const step = fc.record({
  side: fc.constantFrom<Side>('C', 'S'),
  length: fc.integer({ min: 1, max: 60 }),
  /** Sends old bytes again, from and to shares of what was sent. */
  again: fc.option(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), {
    freq: 3,
    nil: undefined,
  }),
  copies: fc.constantFrom(1, 1, 1, 2),
  displacement: fc.integer({ min: 0, max: 6 }),
  lost: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
});

interface Conversation {
  readonly starts: { readonly clientStart: number; readonly serverStart: number };
  readonly sent: Record<Side, number>;
  /** In the order of the capture. */
  readonly captured: readonly Transmission[];
}

/** Segments in an order that both ends could have sent them in, as a capture with these faults shows them. */
function conversationOf(
  steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
  starts: Conversation['starts'],
  faults: { readonly shuffled: boolean; readonly lossy: boolean; readonly fins: boolean },
): Conversation {
  const sent: Record<Side, number> = { C: 0, S: 0 };
  const captured: { transmission: Transmission; place: number }[] = [];
  const place = (transmission: Transmission, displacement: number) =>
    captured.push({ transmission, place: captured.length + (faults.shuffled ? displacement * 1.001 : 0) });
  for (const { side, length, again, copies, displacement, lost } of steps) {
    const other = side === 'C' ? 'S' : 'C';
    const ack = sent[other];
    let at = sent[side];
    let end = at + length;
    if (again !== undefined && at > 0) {
      at = Math.floor(again[0] * (sent[side] - 1));
      end = Math.max(at + 1, Math.min(sent[side], Math.floor(at + again[1] * 150)));
    }
    sent[side] = Math.max(sent[side], end);
    if (faults.lossy && lost) continue;
    for (let copy = 0; copy < copies; copy++) place({ side, at, end, ack, fin: false }, displacement);
  }
  if (faults.fins) {
    place({ side: 'S', at: sent.S, end: sent.S, ack: sent.C, fin: true }, 1);
    place({ side: 'C', at: sent.C, end: sent.C, ack: sent.S + 1, fin: true }, 2);
  }
  captured.sort((a, b) => a.place - b.place);
  return { starts, sent, captured: captured.map(({ transmission }) => transmission) };
}

function replay({ starts, sent, captured }: Conversation): Recorder {
  const rig = new Rig(starts).handshake();
  const streams = { C: streamOf('C', sent.C), S: streamOf('S', sent.S) };
  for (const { side, at, end, ack, fin } of captured) {
    const options: Sent = { at, bytes: streams[side].slice(at, end), ack };
    rig.send(side, fin ? { ...options, flags: FIN } : options);
  }
  rig.table.finish();
  return rig.recorder;
}

const carries = (at: number, side: Side) => (other: Transmission) =>
  other.side === side && other.at <= at && at < other.end;

/** Did any frame of the capture carry the byte? */
function wasCaptured(captured: readonly Transmission[], side: Side, at: number): boolean {
  return captured.some(carries(at, side));
}

/** Each delivery begins where the one before it ended, and tells the frame and number of its bytes' first transmission:
 * the first that the capture shows, or one behind it whose older acknowledgement number gives it away as the first. */
function checkCircumstances(deliveries: readonly Delivery[], captured: readonly Transmission[]): void {
  const next: Record<Side, number> = { C: 0, S: 0 };
  for (const { side, at, length, kind, frame, ack } of deliveries) {
    expect(at).toBe(next[side]);
    next[side] += length;
    if (kind !== 'bytes') continue;
    const transmission = captured[frame - HANDSHAKE - 1]!;
    expect(ack).toBe(transmission.ack);
    for (let position = at; position < at + length; position++) {
      const first = captured.find(carries(position, side))!;
      if (transmission === first) continue;
      expect(carries(position, side)(transmission), `frame ${frame} carries byte ${position} of ${side}`).toBe(true);
      expect(ack, `byte ${position} of ${side}`).toBeLessThan(first.ack);
    }
  }
}

/** No bytes are handed on before those of the other side that their sender acknowledged. */
function checkCausality(deliveries: readonly Delivery[]): void {
  const delivered: Record<Side, number> = { C: 0, S: 0 };
  for (const { side, at, length, kind, ack } of deliveries) {
    if (kind === 'bytes') expect(ack).toBeLessThanOrEqual(delivered[side === 'C' ? 'S' : 'C']);
    delivered[side] = at + length;
  }
}

const conversation = (faults: Parameters<typeof conversationOf>[2]) =>
  fc
    .tuple(fc.array(step, { minLength: 1, maxLength: 60 }), sequenceStart, sequenceStart)
    .map(([steps, clientStart, serverStart]) => conversationOf(steps, { clientStart, serverStart }, faults));

describe('with nothing missing from the capture', () => {
  test.each([
    { shuffled: false, lossy: false, fins: false },
    { shuffled: true, lossy: false, fins: false },
    { shuffled: true, lossy: false, fins: true },
  ])('both streams arrive whole, in order, once (%o)', (faults) => {
    fc.assert(
      fc.property(conversation(faults), (taken) => {
        const { deliveries, log, textOf } = replayed(taken);
        expect(textOf('C')).toBe(streamOf('C', taken.sent.C));
        expect(textOf('S')).toBe(streamOf('S', taken.sent.S));
        checkCircumstances(deliveries, taken.captured);
        checkCausality(deliveries);
        if (faults.fins) checkEnds(log, taken);
      }),
      { numRuns: 200 },
    );
  });
});

/** Each stream that has bytes ends once, behind its last one. (A side without any may end before there is a sink.) */
function checkEnds(log: readonly string[], { sent }: Conversation): void {
  for (const side of ['C', 'S'] as const) {
    const ofSide = log.filter((line) => line.startsWith(side));
    if (sent[side] > 0) expect(ofSide.indexOf(`${side} end`)).toBe(ofSide.length - 1);
    else expect(ofSide.length).toBeLessThanOrEqual(1);
  }
}

function replayed(taken: Conversation) {
  const recorder = replay(taken);
  return { deliveries: recorder.deliveries, log: recorder.log, textOf: (side: Side) => recorder.textOf(side) };
}

describe('with frames missing from the capture', () => {
  test.each([
    { shuffled: false, lossy: true, fins: true },
    { shuffled: true, lossy: true, fins: true },
  ])('what is missing is a hole of its length, and nothing else is lost (%o)', (faults) => {
    fc.assert(
      fc.property(conversation(faults), (taken) => {
        fc.pre(taken.captured.some(({ at, end }) => end > at));
        const { deliveries, textOf } = replayed(taken);
        for (const side of ['C', 'S'] as const) {
          const expected = [...streamOf(side, taken.sent[side])].map((char, at) =>
            wasCaptured(taken.captured, side, at) ? char : '?',
          );
          expect(textOf(side)).toBe(expected.join(''));
        }
        checkCircumstances(deliveries, taken.captured);
      }),
      { numRuns: 200 },
    );
  });
});

test('bytes that are only counted arrive as a number', () => {
  fc.assert(
    fc.property(conversation({ shuffled: true, lossy: false, fins: false }), (taken) => {
      const rig = new Rig(taken.starts).handshake();
      const streams = { C: streamOf('C', taken.sent.C), S: streamOf('S', taken.sent.S) };
      const counted: Record<Side, number> = { C: 0, S: 0 };
      for (const { side, at, end, ack } of taken.captured) {
        rig.send(side, { at, bytes: streams[side].slice(at, end), ack });
        if (rig.recorders[0] !== undefined) rig.recorder.skippableBytes = () => Number.POSITIVE_INFINITY;
      }
      rig.table.finish();
      for (const { side, at, kind, text, length } of rig.recorder.deliveries) {
        expect(kind).not.toBe('hole');
        expect(at).toBe(counted[side]);
        if (kind === 'bytes') expect(text).toBe(streams[side].slice(at, at + length));
        counted[side] += length;
      }
      expect(counted).toEqual(taken.sent);
    }),
    { numRuns: 200 },
  );
});

test('a longer retransmission is captured before the original: only the bytes of both were sent that early', () => {
  const bare = { fin: false } as const;
  const taken: Conversation = {
    starts: { clientStart: 2 ** 31 - 1, serverStart: 0 },
    sent: { C: 3, S: 1 },
    captured: [
      { side: 'S', at: 0, end: 1, ack: 1, ...bare },
      { side: 'C', at: 0, end: 2, ack: 1, ...bare },
      { side: 'C', at: 1, end: 2, ack: 1, ...bare },
      { side: 'C', at: 0, end: 1, ack: 0, ...bare },
      { side: 'C', at: 2, end: 3, ack: 1, ...bare },
    ],
  };
  const { deliveries, textOf } = replayed(taken);
  expect([textOf('C'), textOf('S')]).toEqual([streamOf('C', 3), streamOf('S', 1)]);
  checkCausality(deliveries);
  checkCircumstances(deliveries, taken.captured);
});
