// How many cases there were of the same thing on the same server: only so many are kept in full.
import type { OmittedFindings, Severity } from './finding.ts';
import type { Case, RuleDocumentation } from './rule.ts';

/** The same thing on the same server. */
export interface CaseGroup {
  readonly rule: RuleDocumentation;
  readonly severity: Severity;
  readonly server: string;
  /** Cases that are kept, those that are only counted, and the requests that these lost. */
  kept: number;
  count: number;
  lostRequests: number;
}

export class CaseGroups {
  /** Those of which some are only counted, in the order in which that began. */
  private counted: CaseGroup[] = [];
  private readonly byServer = new Map<string, CaseGroup[]>();

  of(rule: RuleDocumentation, severity: Severity, server: string): CaseGroup {
    let groups = this.byServer.get(server);
    if (groups === undefined) {
      groups = [];
      this.byServer.set(server, groups);
    }
    const known = groups.find((group) => group.rule === rule && group.severity === severity);
    if (known !== undefined) return known;
    const group = { rule, severity, server, kept: 0, count: 0, lostRequests: 0 };
    groups.push(group);
    return group;
  }

  omit(group: CaseGroup, { lostRequests }: Case): void {
    if (group.count === 0) this.counted.push(group);
    group.count++;
    group.lostRequests += lostRequests;
  }

  /** What is only counted. */
  get omitted(): readonly OmittedFindings[] {
    return this.counted.map(({ rule, severity, server, count, lostRequests }) => ({
      rule: rule.id,
      severity,
      server,
      count,
      lostRequests,
    }));
  }

  /** Returns what makes all counts be as they are now again. */
  save(): () => void {
    const counted = [...this.counted];
    const groups = [...this.byServer.values()].flat();
    const counts = groups.map(({ kept, count, lostRequests }) => ({ kept, count, lostRequests }));
    return () => {
      this.counted = counted;
      for (const group of [...this.byServer.values()].flat()) Object.assign(group, NO_CASES);
      for (const [i, group] of groups.entries()) Object.assign(group, counts[i]);
    };
  }
}

const NO_CASES = { kept: 0, count: 0, lostRequests: 0 };
