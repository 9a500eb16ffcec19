// What a gate says, in every format: a job that fails must not look well anywhere.
import { describe, expect, test } from 'vitest';
import { fakeFinding, fakeGate, fakeReport, HOSTILE, healthyReport } from '../testing/fake-report.ts';
import { gitlabErrors, reportErrors, sarifErrors, workflowCommandOf } from '../testing/formats.ts';
import { LOADED_FORMATS } from '../testing/loaded-formats.ts';
import type { Gate } from './gate.ts';
import { readReport } from './read-json.ts';
import type { Report } from './report.ts';
import { needsVerdict, verdictInWords } from './verdict.ts';

function render(name: string, report: Report): string {
  return [...LOADED_FORMATS.get(name)!.render(report, { color: false, width: 80, quiet: false })].join('');
}

const VIOLATED = {
  server: `*${HOSTILE}`,
  expected: 'exchanges at least 100000',
  seen: '21',
  state: 'violated',
  fails: true,
  source: 'c.yaml: servers["*"].expect.exchanges',
} as const;

const EXPECTATION: Partial<Gate> = { reasons: ['1 expectation violated'], expectations: [VIOLATED] };
const CUT: Partial<Gate> = { verdict: 'unsound', reasons: [`a${HOSTILE}.pcap could not be read to the end`] };
const PASSED: Partial<Gate> = { verdict: 'passed', reasons: [], failing: new Set() };

const healthy = (gate: Partial<Gate>) => healthyReport({ gate: fakeGate(gate) });
const commandsOf = (report: Report) =>
  render('github', report)
    .split('\n')
    .slice(0, -1)
    .map((line) => workflowCommandOf(line)!);

describe('in words', () => {
  test('why it did not pass', () => {
    expect(verdictInWords(healthyReport(), fakeGate(EXPECTATION))).toBe('FAILED: 1 expectation violated');
    expect(verdictInWords(healthyReport(), fakeGate({ ...CUT, reasons: ['a', 'b'] }))).toBe('UNSOUND: a; b');
  });

  test('it passed: nothing was there, or a budget allows what was', () => {
    const passed = (report: Report, gate: Partial<Gate> = {}) =>
      verdictInWords(report, fakeGate({ ...PASSED, ...gate }));
    const suppressed = { reason: null, expires: null, owner: null };
    const omitted = { rule: 'x', severity: 'error', server: 's:1', count: 3, lostRequests: 0 } as const;
    expect(passed(healthyReport())).toBe('PASSED: nothing at or above error');
    expect(passed(healthyReport(), { failOn: 'never' })).toBe('PASSED');
    const findings = [fakeFinding(), fakeFinding({ severity: 'warning' })];
    expect(passed(healthyReport({ findings }))).toBe('PASSED: 1 finding at or above error, within its budget');
    expect(passed(healthyReport({ findings }), { failOn: 'warning' })).toBe(
      'PASSED: 2 findings at or above warning, within their budgets',
    );
    expect(passed(healthyReport({ findings: [fakeFinding({ suppressed })] }))).toMatch(/: nothing at or above error$/);
    expect(passed(healthyReport({ omittedFindings: [{ ...omitted, suppressed: 1 }] }))).toMatch(/: 2 findings at/);
    expect(passed(healthyReport({ omittedFindings: [{ ...omitted, suppressed: 3 }] }))).toMatch(/: nothing at or/);
  });
});

describe('Markdown', () => {
  test.each<[string, Partial<Gate>, RegExp]>([
    [
      'an expectation',
      EXPECTATION,
      /^### ❌ finrace FAILED\n\nFAILED: `?1`? expectation violated\n\n- Expectation violated: /,
    ],
    ['a cut capture', CUT, /^### ⚠️ finrace UNSOUND\n\nUNSOUND: /],
    [
      'nothing',
      { ...PASSED, warnings: ['1 entry expired'] },
      /^### ✅ finrace PASSED\n\n.*\n\n- Warning: .* entry expired\n/,
    ],
  ])('the heading is that of the gate: %s', (_, gate, words) => {
    expect(render('markdown', healthy(gate))).toMatch(words);
  });

  test('what passes is marked as passed whatever was found', () => {
    expect(render('markdown', fakeReport({ gate: fakeGate(PASSED) }))).toMatch(/^### ✅ finrace PASSED/);
  });

  test('many expectations: some of them, and how many more there are', () => {
    const text = render('markdown', healthy({ ...EXPECTATION, expectations: Array(12).fill(VIOLATED) }));
    expect(text.match(/^- Expectation violated/gm)).toHaveLength(10);
    expect(text).toContain('\n- and 2 further expectations\n');
  });
});

describe('HTML', () => {
  test('heading, mark and title are those of the gate', () => {
    const page = render('html', healthy(EXPECTATION));
    expect(page).toContain('<h1 class="verdict error">FAILED: 1 expectation violated</h1>\n<p>No keep-alive problem');
    expect(page).toContain('<title>FAILED: 1 expectation violated. No keep-alive problem');
    expect(page).toMatch(/<li><b>Expectation violated<\/b> \*/);
    expect(render('html', healthy(CUT))).toContain('<h1 class="verdict warning">UNSOUND: ');
    expect(render('html', fakeReport({ gate: fakeGate(PASSED) }))).toContain('<h1 class="verdict good">PASSED: ');
  });
});

describe('GitHub', () => {
  test('an annotation with the verdict, where those of the findings do not say it', () => {
    expect(commandsOf(healthy(EXPECTATION))).toEqual([
      expect.objectContaining({
        name: 'error',
        properties: 'title=finrace check failed',
        message: 'FAILED: 1 expectation violated',
      }),
    ]);
    expect(commandsOf(healthy(CUT))).toEqual([
      expect.objectContaining({ name: 'error', message: expect.stringContaining('UNSOUND: a\\x1b]52') }),
    ]);
    expect(commandsOf(healthy(PASSED))).toEqual([]);
  });

  test('no more than ten errors with it', () => {
    const findings = Array.from({ length: 15 }, (_, index) => fakeFinding({ server: `s:${index}` }));
    const commands = commandsOf(fakeReport({ findings, omittedFindings: [], gate: fakeGate(EXPECTATION) }));
    expect(commands).toHaveLength(10);
    expect(commands.at(-1)!.message).toMatch(/^and 7 findings more/);
  });

  test('errors speak for themselves; warnings that fail do not', () => {
    const gate = fakeGate({ failing: new Set(['a']) });
    const report = (severity: 'error' | 'warning') =>
      healthyReport({ findings: [fakeFinding({ id: 'a', severity })], gate });
    expect(needsVerdict(report('error'), gate)).toBe(false);
    expect(needsVerdict(report('warning'), gate)).toBe(true);
    expect(needsVerdict(report('error'), { ...gate, reasons: ['a', 'b'] })).toBe(true);
  });
});

describe('GitLab', () => {
  test('an expectation is an issue, known by what was expected', () => {
    const issuesOf = (gate: Partial<Gate>) => JSON.parse(render('gitlab', healthy(gate)));
    const [issue] = issuesOf(EXPECTATION);
    expect(gitlabErrors([issue])).toBeNull();
    expect(issue).toMatchObject({ check_name: 'expectation', severity: 'critical' });
    expect(issue.description).toMatch(
      /^Expectation violated: \*\\x1b.*: expected exchanges at least 100000, seen: 21 /,
    );
    const [later] = issuesOf({ ...EXPECTATION, expectations: [{ ...VIOLATED, seen: '22' }] });
    expect(later.fingerprint).toBe(issue.fingerprint);
    const [other] = issuesOf({ ...EXPECTATION, expectations: [{ ...VIOLATED, server: 'x:1' }] });
    expect(other.fingerprint).not.toBe(issue.fingerprint);
    expect(issuesOf({ ...EXPECTATION, expectations: [{ ...VIOLATED, fails: false }] })).toEqual([]);
    expect(issuesOf(CUT)).toMatchObject([{ check_name: 'unsound' }]);
    expect(gitlabErrors(issuesOf(CUT))).toBeNull();
    expect(issuesOf(PASSED)).toEqual([]);
  });
});

describe('SARIF', () => {
  const invocationOf = (gate: Partial<Gate>) => {
    const log = JSON.parse(render('sarif', healthy(gate)));
    expect(sarifErrors(log)).toBeNull();
    return log.runs[0].invocations[0];
  };

  test('the verdict is a notification; an unsound one is no successful execution', () => {
    expect(invocationOf(EXPECTATION)).toMatchObject({
      executionSuccessful: true,
      toolExecutionNotifications: [
        { level: 'warning', descriptor: { id: 'check-failed' }, message: { text: 'FAILED: 1 expectation violated' } },
      ],
    });
    expect(invocationOf(CUT)).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: 'error', descriptor: { id: 'check-unsound' } }],
    });
    expect(invocationOf(PASSED)).toMatchObject({ executionSuccessful: true, toolExecutionNotifications: [] });
  });
});

describe('NDJSON', () => {
  test('the last line is the gate as JSON has it', () => {
    const report = healthy({ ...EXPECTATION, warningBudget: { count: 1, max: 0, source: '--max-warnings' } });
    const whole = JSON.parse(render('json', report));
    expect(reportErrors(whole)).toBeNull();
    expect(JSON.parse(render('ndjson', report).trimEnd().split('\n').at(-1)!)).toEqual({ type: 'gate', ...whole.gate });
    expect(render('ndjson', healthyReport())).not.toContain('"gate"');
  });
});

describe('what a baseline knows', () => {
  const suppressed = { reason: 'OPS-17', expires: '2027-03-31', owner: 'web' };
  const gate = fakeGate({ ...PASSED, suppressed: { baseline: 'b.json', findings: 1, entries: 1 } });
  const known = fakeFinding({ suppressed });

  test('is marked in Markdown, and comes behind what is new', () => {
    const text = render('markdown', healthyReport({ findings: [known], gate }));
    expect(text).toContain('#### SUPPRESSED ERROR `fin-crosses-request`');
    expect(text).toContain('- **Suppressed:** a baseline knows it; ');
    expect(text).toMatch(/info\*\*, 1 of them suppressed, in /);
    const fresh = fakeFinding({ id: 'n', severity: 'warning', rule: 'undelayed-close' });
    const both = render('markdown', healthyReport({ findings: [known, fresh], gate }));
    expect(both.indexOf('#### WARNING')).toBeLessThan(both.indexOf('#### SUPPRESSED'));
    const mixed = render('markdown', healthyReport({ findings: [known, fakeFinding({ id: 'n' })], gate }));
    expect(mixed).toContain('#### ERROR `fin-crosses-request`');
    expect(mixed).toContain('\n1 of them suppressed: a baseline knows them.\n');
  });

  test('has no mark in GitHub and GitLab, and is left out', () => {
    expect(commandsOf(healthyReport({ findings: [known], gate }))).toEqual([]);
    expect(JSON.parse(render('gitlab', healthyReport({ findings: [known], gate })))).toEqual([]);
  });
});

describe.each([...LOADED_FORMATS.keys()])('%s', (name) => {
  const hostile = { reason: HOSTILE, expires: null, owner: HOSTILE };
  test.each<[string, Partial<Gate>]>([
    ['an expectation', { ...EXPECTATION, warnings: [HOSTILE] }],
    ['a cut capture', { ...CUT, warningBudget: { count: 1, max: 0, source: HOSTILE } }],
  ])('shows nothing invisible, and a saved report says the same: %s', (_, gate) => {
    const report = fakeReport({
      findings: [fakeFinding({ suppressed: hostile }), fakeFinding({ id: 'n' })],
      gate: fakeGate(gate),
    });
    const output = render(name, report);
    expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u);
    expect(render(name, readReport(render('json', report)))).toBe(output);
  });
});
