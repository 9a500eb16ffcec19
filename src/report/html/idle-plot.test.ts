import { describe, expect, test } from 'vitest';
import { fakeEstimate, fakeReport } from '../../testing/fake-report.ts';
import type { ServerReport } from '../report.ts';
import { idlePlot } from './idle-plot.ts';

const SERVER = fakeReport().servers[0]!;
const plotOf = (changes: Partial<ServerReport>) => idlePlot({ ...SERVER, ...changes })?.text ?? null;

describe('idle times of a server', () => {
  test('are told in the picture, in words and in a table', () => {
    const plot = plotOf({})!;
    expect(plot).toContain('>server 5.00 s</text>');
    expect(plot).toContain('>client 10.0.0.1 60.0 s</text>');
    expect(plot).toContain('Above: 101 requests answered on a connection that had been idle, for 5.00 s at most.');
    expect(plot).toContain('Below: 7 idle connections closed by the server.');
    expect(plot).toContain('<td>400 ms to 450 ms</td><td class="r">80</td><td class="r">0</td>');
  });

  test('have no picture where there are none', () => {
    expect(plotOf({ idleTimes: null })).toBeNull();
    expect(plotOf({ idleTimes: { reuses: [], closes: [] } })).toBeNull();
  });

  test('are unknown where they were not kept, and not zero', () => {
    const plot = plotOf({ idleTimes: { reuses: null, closes: [{ from: 5, to: 5.5, count: 3 }] } })!;
    expect(plot).toContain('was not kept');
    expect(plot).toContain('<td class="r">unknown</td><td class="r">3</td>');
  });

  test('may end in a bin without an end, and the interval of a timeout too', () => {
    const plot = plotOf({
      idleTimes: { reuses: [{ from: 9000, to: Infinity, count: 1 }], closes: [] },
      idleTimeout: fakeEstimate({ high: Infinity }),
    })!;
    expect(plot).not.toMatch(/NaN|Infinity/);
    expect(plot).toContain('9000 s to more');
  });

  test('labels of limits that are close to each other stand in rows of their own', () => {
    const clients = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((client) => ({
      client,
      idleTimeout: fakeEstimate({ value: 5.01 }),
      responseTimeout: null,
    }));
    const plot = plotOf({ clients })!;
    const rows = [...plot.matchAll(/class="halo[^"]*" x="[^"]*" y="(-?\d+)"/g)].map(([, y]) => y);
    expect(rows).toHaveLength(5);
    expect(new Set(rows).size).toBeGreaterThanOrEqual(4);
  });
});
