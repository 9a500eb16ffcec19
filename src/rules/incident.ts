// A case, with whom it is about: what becomes a finding at the end, and what ties it to others.

import { withoutPort } from '../history/endpoint.ts';
import type { History } from '../history/history.ts';
import type { Request } from '../http/exchange.ts';
import type { Finding } from './finding.ts';
import { Ids } from './identity.ts';
import type { Case, RuleDocumentation } from './rule.ts';

export interface Incident {
  readonly rule: RuleDocumentation;
  readonly case: Case;
  readonly also: Finding['also'];
  readonly stream: number | null;
  readonly client: string | null;
  readonly server: string;
  /** The request that was lost, or may have been. */
  readonly loss: { readonly history: History; readonly request: Request; readonly unanswered: boolean } | null;
  /** The case that led to this one. */
  readonly follows: Case | null;
}

/** What findings are called, and which belong together. Few are asked, and a hash is slow to load. */
export class Names {
  private readonly incidents: readonly Incident[];
  private ids: readonly string[] | null = null;
  private ties: readonly (readonly number[])[] | null = null;

  /** `incidents`: of the findings, in their order. */
  constructor(incidents: readonly Incident[]) {
    this.incidents = incidents;
  }

  /** The id of the finding at that place. */
  idAt(place: number): string {
    this.ids ??= idsOf(this.incidents);
    return this.ids[place]!;
  }

  /** The ids of those that belong together with it. */
  relatedAt(place: number): readonly string[] {
    this.ties ??= tiesOf(this.incidents);
    return this.ties[place]!.map((other) => this.idAt(other));
  }
}

/** Each depends on those before it. */
function idsOf(incidents: readonly Incident[]): readonly string[] {
  const ids = new Ids();
  return incidents.map(({ rule, server, client, stream, case: { frame } }) =>
    ids.idOf(rule.id, server, client ?? '', stream ?? -1, frame),
  );
}

/**
 * Of each incident the places of those that belong together with it: a case about a server and the requests that were lost to
 * it, a case and what followed from it.
 */
function tiesOf(incidents: readonly Incident[]): readonly (readonly number[])[] {
  const ties = incidents.map((): number[] => []);
  const tie = (one: number, other: number) => {
    ties[one]!.push(other);
    ties[other]!.push(one);
  };
  const lost = new Map<string, number[]>();
  incidents.forEach(({ stream, client, server, case: { idleBefore } }, i) => {
    if (stream === null || client === null || Number.isNaN(idleBefore)) return;
    const key = `${server} ${withoutPort(client)}`;
    const group = lost.get(key);
    if (group === undefined) lost.set(key, [i]);
    else group.push(i);
  });
  incidents.forEach(({ stream, client, server, case: { idleBefore: timeout } }, i) => {
    if (stream !== null) return;
    for (const j of lost.get(`${server} ${client}`) ?? []) {
      if (Math.abs(incidents[j]!.case.idleBefore - timeout) > timeout * 0.1) continue;
      tie(i, j);
    }
  });
  const placeOf = new Map(incidents.map((incident, i) => [incident.case, i]));
  incidents.forEach(({ follows }, i) => {
    const cause = follows === null ? undefined : placeOf.get(follows);
    if (cause !== undefined) tie(i, cause);
  });
  return ties;
}
