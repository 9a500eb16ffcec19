import { expect, test } from 'vitest';
import { CaseGroups } from './case-groups.ts';
import { RULES } from './catalogue.ts';
import type { Case } from './rule.ts';

const [first, second] = RULES.map(({ documentation }) => documentation);
const lost = (lostRequests: number) => ({ lostRequests }) as Case;

test('one group for each rule, severity and server; what is only counted, in the order in which that began', () => {
  const groups = new CaseGroups();
  const one = groups.of(first!, 'error', '10.0.0.1:80');
  expect(groups.of(first!, 'error', '10.0.0.1:80')).toBe(one);
  const others = [
    groups.of(second!, 'error', '10.0.0.1:80'),
    groups.of(first!, 'info', '10.0.0.1:80'),
    groups.of(first!, 'error', '10.0.0.1:81'),
  ];
  expect(new Set([one, ...others]).size).toBe(4);
  groups.omit(others[2]!, lost(2));
  groups.omit(one, lost(0));
  groups.omit(others[2]!, lost(1));
  expect(groups.omitted).toEqual([
    { rule: first!.id, severity: 'error', server: '10.0.0.1:81', count: 2, lostRequests: 3 },
    { rule: first!.id, severity: 'error', server: '10.0.0.1:80', count: 1, lostRequests: 0 },
  ]);
});

test('all counts can be made as they were', () => {
  const groups = new CaseGroups();
  const known = groups.of(first!, 'error', '10.0.0.1:80');
  known.kept = 3;
  groups.omit(known, lost(1));
  const restore = groups.save();
  known.kept++;
  groups.omit(known, lost(1));
  const later = groups.of(second!, 'info', '10.0.0.1:80');
  later.kept++;
  groups.omit(later, lost(1));
  restore();
  expect(known).toMatchObject({ kept: 3, count: 1, lostRequests: 1 });
  expect(groups.omitted).toEqual([
    { rule: first!.id, severity: 'error', server: '10.0.0.1:80', count: 1, lostRequests: 1 },
  ]);
  expect(groups.of(second!, 'info', '10.0.0.1:80')).toMatchObject({ kept: 0, count: 0, lostRequests: 0 });
});
