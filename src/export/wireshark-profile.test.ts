import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { exported } from '../testing/export-bytes.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf, withFile } from '../testing/tshark.ts';
import { commentsByFrame, FINDINGS_FILTER, filterOf, severityFilter } from './comments.ts';
import { initialFiles, profileFiles } from './wireshark-profile.ts';

test('its files are what Wireshark reads', () => {
  const files = profileFiles();
  expect([...files.keys()]).toEqual(['preferences', 'colorfilters', 'dfilter_buttons']);
  const colors = files.get('colorfilters')!.split('\n').slice(1, -1);
  expect(colors[0]).toBe('@finrace error@frame.comment matches "^.[a-z-]+ ERROR id="@[65535,52685,52685][30840,0,0]');
  for (const rule of colors) expect(rule).toMatch(/^@[^@]+@[^@]+@\[\d+,\d+,\d+\]\[\d+,\d+,\d+\]$/);
  for (const button of files.get('dfilter_buttons')!.split('\n').slice(1, -1)) {
    expect(JSON.parse(`[${button}]`)).toHaveLength(4);
  }
  expect(initialFiles().get('recent')).toContain('\t"%m", "60",\n');
  expect(initialFiles().get('recent')).toContain('\t"%Cus:frame.comment", "440",\n');
});

/** The numbers of the frames that tshark selects. */
const selected = (bytes: Buffer, filter: string) =>
  tsharkFieldsOf(bytes, ['frame.number'], ['-Y', filter]).map((row) => Number(row[0]));

test.skipIf(!HAS_TSHARK)(
  titleWithTshark('its filters, and those of a report, select the evidence in the annotated capture'),
  { timeout: 60_000 },
  async () => {
    for (const name of ['lab/race-apache.client.pcapng', 'signatures/s7a_early413_rst.client.pcap']) {
      const original = readFileSync(new URL(`../../fixtures/captures/${name}`, import.meta.url));
      const { findings } = await analyzeBytes(original, { detail: 'findings' });
      expect(findings.length).toBeGreaterThan(0);
      const comments = commentsByFrame(findings, 'all');
      const { bytes } = await exported([original], (_, frame) => comments.get(frame) ?? []);
      const sorted = (frames: Iterable<number>) => [...new Set(frames)].sort((a, b) => a - b);
      expect(selected(bytes, FINDINGS_FILTER)).toEqual(sorted(comments.keys()));
      const framesOf = (severity: string) =>
        sorted(findings.flatMap((one) => (one.severity === severity ? one.evidence.map(({ frame }) => frame) : [])));
      expect(selected(bytes, severityFilter('error'))).toEqual(framesOf('error'));
      for (const finding of findings.slice(0, 2)) {
        const evidence = sorted(finding.evidence.map(({ frame }) => frame));
        expect(selected(bytes, filterOf(finding))).toEqual(evidence);
        expect(selected(bytes, finding.displayFilter)).toEqual(evidence);
      }
      withFile(bytes, (path) => {
        for (const call of [
          ['capinfos', path],
          ['editcap', path, `${path}.copy`],
        ] as const) {
          expect(spawnSync(call[0], call.slice(1)).status).toBe(0);
        }
      });
    }
  },
);
