// What one connection makes of segments that a network, a capture or a stranger has meddled with. The properties in
// reassembly.test.ts find such things; here they have names.
import { describe, expect, test } from 'vitest';
import { Rig } from '../testing/tcp-rig.ts';
import { FIN, RST, SYN } from '../wire/segment.ts';

const open = () => new Rig().handshake();

/** Everything the sink was told once the capture has ended. */
function ended(rig: Rig): string[] {
  rig.table.finish();
  return rig.recorder.log;
}

describe('retransmission and overlap', () => {
  test('bytes sent twice arrive once', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('C', { at: 3, bytes: 'def' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "def"']);
  });

  test('of a retransmission that goes further only what is new arrives', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('C', { at: 1, bytes: 'bcde' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "de"']);
    expect(rig.recorder.deliveries[1]).toMatchObject({ at: 3, frame: 5, reordered: false });
  });

  test('a retransmission around a queued segment leaves that its frame and acknowledgement', () => {
    const rig = open();
    rig.send('S', { at: 0, bytes: 'xy' });
    rig.send('C', { at: 2, bytes: 'cd' });
    rig.send('C', { at: 0, bytes: 'abcdef', ack: 2 });
    expect(rig.recorder.deliveries.filter(({ side }) => side === 'C')).toMatchObject([
      { at: 0, text: 'ab', frame: 6, ack: 2 },
      { at: 2, text: 'cd', frame: 5, ack: 0 },
      { at: 4, text: 'ef', frame: 6, ack: 2 },
    ]);
  });

  test('of two queued transmissions the one with the older acknowledgement number was the first', () => {
    const rig = open();
    rig.send('C', { at: 1, bytes: 'b', ack: 1 });
    rig.send('C', { at: 1, bytes: 'b', ack: 0 });
    rig.send('C', { at: 0, bytes: 'a', ack: 0 });
    expect(rig.recorder.deliveries).toMatchObject([
      { text: 'a', frame: 6 },
      { text: 'b', frame: 5, ack: 0, reordered: true },
    ]);
  });

  test('only retransmissions were captured, and each acknowledges the other: nothing is taken for missing', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'a', ack: 1 });
    rig.send('S', { at: 0, bytes: 'x', ack: 1 });
    expect(ended(rig)).toEqual(['C "a"', 'S "x"']);
  });
});

describe('reordering', () => {
  test('bytes wait for those before them', () => {
    const rig = open();
    rig.send('C', { at: 6, bytes: 'ghi' });
    rig.send('C', { at: 3, bytes: 'def' });
    rig.send('C', { at: 0, bytes: 'abc' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "def"', 'C "ghi"']);
    expect(rig.recorder.deliveries.map(({ reordered }) => reordered)).toEqual([true, true, true]);
  });

  test('what comes in order after that is not marked as reordered', () => {
    const rig = open();
    rig.send('C', { at: 3, bytes: 'def' });
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('C', { at: 6, bytes: 'ghi' });
    expect(rig.recorder.deliveries.at(-1)).toMatchObject({ text: 'ghi', reordered: false });
  });

  test('a response captured before its request waits for it', () => {
    const rig = open();
    rig.send('S', { at: 0, bytes: 'response', ack: 7 });
    rig.send('C', { at: 0, bytes: 'request' });
    expect(rig.recorder.log).toEqual(['C "request"', 'S "response"']);
  });

  test('a pair is swapped long after another one was: patience begins anew', () => {
    const rig = open();
    rig.send('C', { at: 1, bytes: 'b' });
    rig.send('C', { at: 0, bytes: 'a' });
    rig.time += 10e9;
    rig.send('S', { at: 0, bytes: 'x', ack: 3 });
    rig.send('C', { at: 2, bytes: 'c' });
    expect(rig.recorder.log).toEqual(['C "a"', 'C "b"', 'C "c"', 'S "x"']);
  });

  test('as -i any shows it: every frame twice, pairs swapped', () => {
    const rig = open();
    const segments = [
      ['C', { at: 0, bytes: 'GET', ack: 0 }],
      ['S', { at: 0, bytes: 'ok', ack: 3 }],
      ['C', { at: 3, bytes: 'PUT', ack: 2 }],
      ['S', { at: 2, bytes: 'no', ack: 6 }],
    ] as const;
    for (let i = 0; i < segments.length; i += 2) {
      const [first, second] = [segments[i]!, segments[i + 1]!];
      for (const [side, sent] of [second, first, second, first]) rig.send(side, sent);
    }
    expect(ended(rig)).toEqual(['C "GET"', 'S "ok"', 'C "PUT"', 'S "no"']);
  });

  test('the SYN-ACK captured behind the first bytes of its sender is still its SYN', () => {
    const rig = new Rig();
    rig.syn();
    rig.send('S', { at: 0, bytes: '220 hello' });
    rig.synAck();
    rig.send('S', { at: 9, bytes: '!' });
    expect(rig.recorder.log).toEqual(['S "220 hello"', 'S "!"']);
    expect(rig.recorder.connection.backward).toMatchObject({ synSeen: true, windowScale: 7 });
  });
});

describe('bytes that the capture lacks', () => {
  test('what the peer acknowledged and what never comes is a hole of exactly that length', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('C', { at: 10, bytes: 'klm' });
    rig.send('S', { ack: 13 });
    for (let i = 0; i < 30; i++) rig.send('S', { ack: 13 });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C hole 7', 'C "klm"']);
    expect(rig.recorder.deliveries[1]).toMatchObject({ at: 3, length: 7 });
    expect(rig.recorder.connection.forward.lostBytes).toBe(7);
  });

  test('of a hole only the acknowledged part is given up: the rest is retransmitted', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('C', { at: 9, bytes: 'jkl' });
    for (let i = 0; i < 30; i++) rig.send('S', { ack: 6 });
    rig.send('C', { at: 6, bytes: 'ghi' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C hole 3', 'C "ghi"', 'C "jkl"']);
  });

  test('what nobody acknowledged is waited for, however long', () => {
    const rig = open();
    rig.send('C', { at: 3, bytes: 'def' });
    for (let i = 0; i < 100; i++) rig.send('S', { ack: 0 });
    rig.time += 60e9;
    rig.send('C', { at: 0, bytes: 'abc' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "def"']);
  });

  test('a response to bytes that were never captured', () => {
    const rig = open();
    rig.send('S', { at: 0, bytes: 'response', ack: 40 });
    expect(rig.recorder.log).toEqual([]);
    rig.time += 1e9;
    rig.send('C', { at: 40, ack: 8 });
    expect(rig.recorder.log).toEqual(['C hole 40', 'S "response"']);
  });

  test('the end of the capture ends all waiting', () => {
    const rig = open();
    rig.send('C', { at: 5, bytes: 'fgh' });
    rig.send('S', { at: 2, bytes: 'cd', ack: 8 });
    expect(ended(rig)).toEqual(['C hole 5', 'C "fgh"', 'S hole 2', 'S "cd"']);
  });

  test('more than a window is missing in both directions: the connection goes on', () => {
    const rig = open();
    const gap = 50_000_000;
    rig.send('C', { at: 0, bytes: 'a' });
    for (let i = 0; i < 8; i++) {
      rig.send('C', { at: gap + i, bytes: 'c', ack: gap + i });
      rig.send('S', { at: gap + i, bytes: 's', ack: gap + i + 1 });
    }
    rig.send('C', { at: gap + 8, bytes: 'END', ack: gap + 8 });
    rig.table.finish();
    expect(rig.recorder.textOf('C').length).toBe(gap + 8 + 3);
    expect(rig.recorder.textOf('C').slice(-3)).toBe('END');
  });

  test('more than a window is missing, and only one direction was captured', () => {
    const rig = new Rig();
    rig.syn();
    const gap = 50_000_000;
    rig.send('C', { at: 0, bytes: 'a' });
    for (let i = 0; i < 8; i++) rig.send('C', { at: gap + i, bytes: 'c', ack: 9 });
    rig.table.finish();
    expect(rig.recorder.textOf('C').slice(-4)).toBe('cccc');
    expect(rig.recorder.textOf('C').length).toBe(gap + 8);
  });

  test('the snaplen cut a segment: the rest of it is a hole', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abcdef', captured: 2 });
    rig.send('C', { at: 6, bytes: 'ghi', captured: 0 });
    rig.send('C', { at: 9, bytes: 'jkl' });
    expect(rig.recorder.log).toEqual(['C "ab"', 'C hole 4', 'C hole 3', 'C "jkl"']);
    expect(rig.recorder.deliveries.map(({ at }) => at)).toEqual([0, 2, 6, 9]);
  });

  test('the snaplen cut segments that wait in the queue', () => {
    const rig = open();
    rig.send('C', { at: 3, bytes: 'defghi', captured: 4 });
    rig.send('C', { at: 0, bytes: 'abc' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "defg"', 'C hole 2']);
  });
});

describe('queues are bounded', () => {
  const queued = (rig: Rig) => {
    const { forward, backward } = rig.recorder.connection;
    return {
      segments: (forward.queue?.length ?? 0) + (backward.queue?.length ?? 0),
      bytes: forward.queuedBytes + backward.queuedBytes,
    };
  };

  test('behind bytes that never come', () => {
    const rig = open();
    for (let i = 0; i < 6000; i++) rig.send('C', { at: 10 + i * 2, bytes: 'x' });
    expect(queued(rig).segments).toBeLessThanOrEqual(4097);
    expect(ended(rig).at(-1)).toBe('C "x"');
  });

  test('behind bytes that never come, large segments', () => {
    const rig = open();
    const bytes = 'x'.repeat(60_000);
    for (let i = 0; i < 100; i++) rig.send('C', { at: 10 + i * 60_001, bytes, window: 65_535 });
    for (let i = 0; i < 100; i++) rig.send('S', { ack: 0, window: 65_535 });
    expect(queued(rig).bytes).toBeLessThanOrEqual(4 * 1024 * 1024 + 60_000);
  });

  test('behind acknowledgement numbers that no TCP would send', () => {
    for (const ack of [1000, 2 ** 29, 2 ** 30 + 1000, 2 ** 31 - 1000]) {
      const rig = open();
      for (let i = 0; i < 5000; i++) rig.send('S', { at: i, bytes: 'x', ack: ack + i });
      expect(queued(rig).segments).toBeLessThanOrEqual(4097);
    }
  });

  test('behind each other', () => {
    const rig = open();
    for (let i = 0; i < 5000; i++) {
      rig.send('C', { at: i, bytes: 'x', ack: 20_000 });
      rig.send('S', { at: i, bytes: 'y', ack: 20_000 });
    }
    expect(queued(rig).segments).toBeLessThanOrEqual(2 * 4097);
  });

  test('bytes of a body wait as one number', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'x' });
    rig.recorder.skippableBytes = () => Number.POSITIVE_INFINITY;
    for (let i = 0; i < 100; i++) rig.send('C', { at: 100 + i * 10, bytes: '0123456789' });
    expect(queued(rig)).toEqual({ segments: 1, bytes: 0 });
    rig.send('C', { at: 1, bytes: 'x'.repeat(99) });
    expect(rig.recorder.log.at(-1)).toBe('C skipped 1000');
  });

  test('bytes of a body that both sides interleave keep their order of cause and effect', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'x' });
    rig.recorder.skippableBytes = (side) => (side === 'C' ? Number.POSITIVE_INFINITY : 0);
    // The capture lacks C's bytes 1 to 9.
    rig.send('C', { at: 10, bytes: '0123456789' });
    rig.send('S', { at: 0, bytes: 'answer', ack: 20 });
    rig.send('C', { at: 20, bytes: '0123456789', ack: 6 });
    expect(ended(rig)).toEqual(['C "x"', 'C hole 9', 'C skipped 10', 'S "answer"', 'C skipped 10']);
  });
});

describe('keep-alive probes', () => {
  test.each(['', '\0'])('with %j for a payload: no byte of the stream', (bytes) => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('S', { ack: 3 });
    rig.send('C', { at: 2, bytes });
    rig.send('S', { ack: 3 });
    rig.send('C', { at: 3, bytes: 'def' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "def"']);
  });

  test.each(['', '\0'])('with %j for a payload as the first frame of the capture', (bytes) => {
    const rig = new Rig();
    rig.send('C', { at: 99, bytes, ack: 50 });
    rig.send('S', { at: 50, ack: 100 });
    rig.send('C', { at: 100, bytes: 'GET', ack: 50 });
    rig.send('S', { at: 50, bytes: 'ok', ack: 103 });
    expect(ended(rig)).toEqual(['C "GET"', 'S "ok"']);
  });

  test('directly behind the handshake', () => {
    const rig = open();
    rig.send('C', { at: -1, bytes: '\0' });
    rig.send('S', { at: -1 });
    rig.send('C', { at: 0, bytes: 'abc' });
    expect(rig.recorder.log).toEqual(['C "abc"']);
  });

  test('a zero window and its probes', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('S', { ack: 3, window: 0 });
    rig.send('C', { at: 3, bytes: 'd' });
    rig.send('S', { ack: 3, window: 0 });
    rig.send('C', { at: 3, bytes: 'd' });
    rig.send('S', { ack: 4, window: 100 });
    rig.send('C', { at: 4, bytes: 'ef' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "d"', 'C "ef"']);
  });
});

describe('forged and stray segments', () => {
  const FAR = 1 << 29;

  test.each([
    ['FIN', { flags: FIN }],
    ['RST', { flags: RST }],
    ['RST without ACK', { flags: RST, ack: null }],
    ['data', { bytes: 'evil' }],
    ['data with an acknowledgement number out of nowhere', { bytes: 'evil', ack: FAR }],
    ['an ACK out of nowhere', { ack: FAR }],
  ])('%s outside of the window', (_name, sent) => {
    for (const at of [FAR, 2 * FAR, -FAR]) {
      const rig = open();
      rig.send('C', { at: 0, bytes: 'GET' });
      rig.send('S', { ack: 3, ...sent, at });
      rig.send('C', { ack: 0, ...sent, at: 3 + at });
      rig.send('S', { at: 0, bytes: 'ok', ack: 3 });
      rig.send('C', { at: 3, bytes: 'PUT', ack: 2 });
      const { connection } = rig.recorder;
      expect(connection.closed).toBe(false);
      expect(connection.forward.acked - connection.forward.next).toBe(-3);
      expect(ended(rig)).toEqual(['C "GET"', 'S "ok"', 'C "PUT"']);
    }
  });

  test.each([
    ['FIN', { flags: FIN }],
    ['RST', { flags: RST }],
    ['RST without ACK', { flags: RST, ack: null }],
    ['data', { bytes: 'evil' }],
    ['an ACK', {}],
    ['a SYN-ACK', { flags: SYN }],
  ])('%s before the SYN-ACK, acknowledging what was never sent', (_name, sent) => {
    for (const ack of [FAR, -FAR, -1]) {
      const rig = new Rig();
      rig.syn();
      rig.send('S', { at: 12345, ack, ...sent });
      rig.synAck();
      rig.send('C');
      rig.send('C', { at: 0, bytes: 'GET' });
      rig.send('S', { at: 0, bytes: 'ok', ack: 3 });
      expect(rig.recorder.connection.closed).toBe(false);
      expect(rig.recorder.connection.backward.synSeen).toBe(true);
      expect(ended(rig)).toEqual(['C "GET"', 'S "ok"']);
    }
  });

  describe('two SYN-ACKs with different numbers', () => {
    /** The position of the other one's first byte, told from the first one's. */
    const FAR = 800_000_000;
    const NEAR = 5000;
    const began = (at: number) => {
      const rig = new Rig();
      rig.syn();
      rig.synAck();
      rig.syn();
      rig.synAck({ at: at - 1 });
      return rig;
    };
    test.each([FAR, -FAR, NEAR, -NEAR])('the client acknowledges the second, %i off', (at) => {
      const rig = began(at);
      rig.send('C', { ack: at });
      rig.send('C', { bytes: 'ask', ack: at });
      rig.send('S', { at, bytes: 'answer', ack: 3 });
      rig.synAck();
      rig.fin('S', at + 6, 3);
      expect(rig.recorder.log).toEqual(['C "ask"', 'S "answer"', 'S end']);
      expect(rig.table.count).toBe(1);
    });

    test.each([FAR, -FAR, NEAR, -NEAR])('the client acknowledges the first, with its request, %i off', (at) => {
      const rig = began(at);
      rig.send('C', { bytes: 'ask' });
      rig.send('S', { bytes: 'answer', ack: 3 });
      rig.synAck({ at: at - 1 });
      rig.send('C', { at: 3, bytes: 'more', ack: 6 });
      expect(rig.recorder.log).toEqual(['C "ask"', 'S "answer"', 'C "more"']);
    });

    test('the second one acknowledges what the client never sent', () => {
      const rig = new Rig();
      rig.syn();
      rig.synAck();
      rig.synAck({ at: FAR - 1, ack: 77 });
      rig.send('C', { bytes: 'ask' });
      rig.send('S', { bytes: 'answer', ack: 3 });
      expect(rig.recorder.log).toEqual(['C "ask"', 'S "answer"']);
    });

    test('the acknowledgement of the second one is not in the capture', () => {
      const rig = began(FAR);
      rig.send('C', { at: 3, bytes: 'next', ack: FAR + 6 });
      rig.send('S', { at: FAR + 6, bytes: 'answer', ack: 7 });
      expect(ended(rig)).toEqual(['C hole 3', 'S hole 6', 'C "next"', 'S "answer"']);
    });
  });

  test('an ACK of the client before the SYN-ACK, out of nowhere', () => {
    const rig = new Rig();
    rig.syn();
    rig.send('C', { ack: FAR });
    rig.synAck();
    rig.send('C');
    rig.send('C', { at: 0, bytes: 'GET' });
    rig.send('S', { at: 0, bytes: 'ok', ack: 3 });
    rig.send('C', { at: 3, ack: 2 });
    expect(rig.recorder.connection.backward.acked).toBe(rig.recorder.connection.backward.next);
    expect(ended(rig)).toEqual(['C "GET"', 'S "ok"']);
  });

  test('data far ahead in the middle of the handshake', () => {
    const rig = new Rig();
    rig.syn();
    rig.send('C', { at: 0, bytes: 'GET' });
    rig.send('C', { at: FAR, bytes: 'evil' });
    rig.synAck();
    rig.send('S', { at: 0, bytes: 'ok', ack: 3 });
    expect(ended(rig)).toEqual(['C "GET"', 'S "ok"']);
  });

  test('a flood of them', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'GET' });
    for (let i = 1; i < 100; i++) {
      rig.send('S', {
        at: i * 20_000_003,
        ack: i * 3_000_017,
        bytes: i % 3 === 0 ? 'evil' : '',
        flags: i % 2 ? 0 : FIN,
      });
      rig.send('C', {
        at: i * 20_000_003,
        ack: i * 3_000_017,
        bytes: i % 3 === 0 ? 'evil' : '',
        flags: i % 2 ? 0 : RST,
      });
    }
    rig.send('S', { at: 0, bytes: 'ok', ack: 3 });
    rig.send('C', { at: 3, ack: 2 });
    expect(rig.recorder.connection).toMatchObject({ closed: false, forward: { fin: null }, backward: { fin: null } });
    expect(rig.recorder.connection.backward.acked).toBe(rig.recorder.connection.backward.next);
    expect(ended(rig)).toEqual(['C "GET"', 'S "ok"']);
  });

  test('a RST that answers the SYN refuses the connection', () => {
    const rig = new Rig();
    rig.syn();
    rig.send('S', { at: 77, ack: 0, flags: RST });
    rig.table.finish();
    expect(rig.retired).toEqual([0]);
    expect(rig.table.count).toBe(1);
  });

  test('data behind the FIN is nobody’s', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('C', 3, 0);
    rig.send('C', { at: 4, bytes: 'evil' });
    rig.send('C', { at: 0, bytes: 'abcdef' });
    expect(ended(rig)).toEqual(['C "abc"', 'C end']);
  });
});

describe('SYN', () => {
  test('with data (TCP Fast Open), taken and not taken', () => {
    for (const taken of [true, false]) {
      const rig = new Rig();
      rig.syn({ bytes: 'GET' });
      rig.synAck({ ack: taken ? 3 : 0 });
      if (taken) rig.send('C', { at: 3 });
      else rig.send('C', { at: 0, bytes: 'GET' });
      rig.send('S', { at: 0, bytes: 'ok', ack: 3 });
      expect(rig.recorder.log).toEqual(['C "GET"', 'S "ok"']);
    }
  });

  test('crossing SYNs (simultaneous open)', () => {
    const rig = new Rig();
    rig.syn();
    rig.synAck({ ack: null });
    rig.syn({ ack: 0 });
    rig.synAck();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.send('S', { at: 0, bytes: 'xyz', ack: 3 });
    expect(rig.table.count).toBe(1);
    expect(rig.recorder.log).toEqual(['C "abc"', 'S "xyz"']);
  });
});

describe('FIN', () => {
  test('both sides at once', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('C', 3, 0);
    rig.fin('S', 0, 3);
    rig.send('C', { at: 4, ack: 1 });
    rig.send('S', { at: 1, ack: 4 });
    const { connection } = rig.recorder;
    expect(connection.closed).toBe(true);
    expect([connection.forward.finAckedFrame, connection.backward.finAckedFrame]).toEqual([8, 7]);
    expect(rig.recorder.log).toEqual(['C "abc"', 'C end', 'S end']);
  });

  test('that overtakes data ends the stream behind the data, as soon as it is there', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('C', 6, 0);
    expect(rig.recorder.log).toEqual(['C "abc"']);
    rig.send('C', { at: 3, bytes: 'def' });
    expect(rig.recorder.log).toEqual(['C "abc"', 'C "def"', 'C end']);
  });

  test('a half-close: the other side goes on', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('C', 3, 0);
    rig.send('S', { at: 0, bytes: 'x'.repeat(1000), ack: 4 });
    rig.send('S', { at: 1000, bytes: 'yz', ack: 4, flags: FIN });
    expect(rig.recorder.log.slice(-2)).toEqual(['S "yz"', 'S end']);
  });

  test('retransmitted with new bytes before it counts as first seen', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc', flags: FIN });
    rig.send('C', { at: 0, bytes: 'abc', flags: FIN, ack: 0 });
    expect(rig.recorder.connection.forward.fin?.frame).toBe(4);
    expect(rig.recorder.log).toEqual(['C "abc"', 'C end']);
  });

  test('that acknowledges bytes which are not captured', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('S', 0, 10);
    expect(ended(rig)).toEqual(['C "abc"', 'C hole 7', 'S end']);
  });

  test('captured before the FIN that it acknowledges comes behind it', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('C', 3, 1);
    rig.fin('S', 0, 3);
    expect(rig.recorder.log).toEqual(['C "abc"', 'S end', 'C end']);
  });

  test('captured before the bytes that it acknowledges comes behind them', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('C', 3, 2);
    rig.send('S', { at: 0, bytes: 'ok', ack: 3 });
    expect(rig.recorder.log).toEqual(['C "abc"', 'S "ok"', 'C end']);
  });

  test('of two FINs only retransmissions were captured, and each acknowledges the other', () => {
    const rig = open();
    rig.send('C', { at: 0, bytes: 'abc' });
    rig.fin('C', 3, 1);
    rig.fin('S', 0, 4);
    expect(ended(rig)).toEqual(['C "abc"', 'C end', 'S end']);
  });
});

describe('joined in the middle', () => {
  test('the first bytes are the first of the stream', () => {
    const rig = new Rig();
    rig.send('S', { at: 500, bytes: 'tail', ack: 70 });
    rig.send('C', { at: 70, bytes: 'GET', ack: 504 });
    rig.send('S', { at: 504, bytes: 'ok', ack: 73 });
    expect(ended(rig).map((line) => line.slice(2))).toEqual(['"tail"', '"GET"', '"ok"']);
  });

  test('a bare ACK first, and an older retransmission', () => {
    const rig = new Rig();
    rig.send('C', { at: 70, ack: 504 });
    rig.send('S', { at: 504, bytes: 'ok', ack: 70 });
    rig.send('S', { at: 500, bytes: 'tailok!', ack: 70 });
    expect(rig.recorder.textOf('S')).toBe('ok!');
  });
});

test('more than 2 GiB in one direction, across the wrap: the FIN is believed', () => {
  const rig = open();
  rig.send('S', { at: 0, bytes: 'x' });
  rig.recorder.skippableBytes = () => Number.POSITIVE_INFINITY;
  const step = 50_000;
  const bytes = Buffer.alloc(step);
  const { connection } = rig.recorder;
  const total = 3 * 2 ** 30;
  // The sink is not asked for bytes: only the numbers matter.
  connection.sink = Object.assign(Object.create(rig.recorder), { bytes() {} });
  let at = 1;
  for (; at < total; at += step) {
    rig.send('S', { at, bytes, captured: 0 });
    rig.send('C', { ack: at + step });
  }
  rig.fin('S', at, 0);
  expect(connection.backward.fin).not.toBeNull();
  expect(connection.backward.finDelivered).toBe(true);
  expect(connection.backward.payloadBytes).toBe(at);
});
