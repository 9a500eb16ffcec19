import { describe, expect, test } from 'vitest';
import { findingsOf } from '../testing/findings-of.ts';

/** Connection `n` asks at `asked` seconds; its request is acknowledged, and at `ended` the server sends `how`. */
const connection = (n: number, asked: number, ended: number, how: string) => `
${asked.toFixed(3)}  C${n} SYN
${(asked + 0.04).toFixed(3)}  S${n} SYN-ACK
${(asked + 0.041).toFixed(3)}  C${n} POST /${n} length=10
${(asked + 0.081).toFixed(3)}  S${n} ACK
${ended.toFixed(3)}  S${n} ${how}`;

const sorted = (...parts: string[]) =>
  parts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b))
    .join('\n');

async function sayingSo(script: string): Promise<string[]> {
  const findings = await findingsOf(script);
  return findings.flatMap(({ consequences }) => consequences.filter((text) => text.includes('its process')));
}

describe('a process that ended', () => {
  test('is told by three connections that end in one moment, by RST or FIN', async () => {
    const script = sorted(
      connection(1, 0, 2, 'RST-ACK'),
      connection(2, 0.3, 2.003, 'FIN'),
      connection(3, 0.6, 2.006, 'RST-ACK'),
    );
    const said = await sayingSo(script);
    expect(said).toHaveLength(3);
    expect(said[0]).toContain('2 other connections of this server ended within 50 ms');
  });

  test('is not told by two, by connections of two servers, or by ends that lie apart', async () => {
    expect(await sayingSo(sorted(connection(1, 0, 2, 'RST-ACK'), connection(2, 0.3, 2.003, 'RST-ACK')))).toEqual([]);
    const elsewhere = connection(3, 0.6, 2.006, 'RST-ACK').replace('SYN', 'SYN port=81');
    expect(
      await sayingSo(sorted(connection(1, 0, 2, 'RST-ACK'), connection(2, 0.3, 2.003, 'RST-ACK'), elsewhere)),
    ).toEqual([]);
    const apart = [2, 2.2, 2.4].map((ended, i) => connection(i + 1, i * 0.3, ended, 'RST-ACK'));
    expect(await sayingSo(sorted(...apart))).toEqual([]);
  });

  test('counts the idle connections that it closed, too', async () => {
    const idle = (n: number, asked: number) => `
${asked.toFixed(3)}  C${n} SYN
${(asked + 0.04).toFixed(3)}  S${n} SYN-ACK
${(asked + 0.041).toFixed(3)}  C${n} GET /a
${(asked + 0.082).toFixed(3)}  S${n} 200 length=5
${(asked + 0.083).toFixed(3)}  C${n} ACK
3.00${n}  S${n} FIN
3.04${n}  C${n} FIN`;
    expect(await sayingSo(sorted(connection(1, 0, 3, 'RST-ACK'), idle(2, 0.5), idle(3, 1)))).toHaveLength(1);
  });
});
