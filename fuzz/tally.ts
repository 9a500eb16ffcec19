// What a run of the fuzzer has done so far, counted.
import type { Failure } from './check.ts';
import type { Kind } from './inputs.ts';
import type { Facts } from './messages.ts';

export class Tally {
  inputs = 0;
  #failures = 0;
  #refused = 0;
  #bytes = 0;
  #frames = 0;
  #exchanges = 0;
  readonly #findings = { error: 0, warning: 0, info: 0 };
  readonly #kinds = new Map<Kind, number>();
  /** How many inputs each thing was met in. */
  readonly #met = new Map<string, number>();

  /** `facts`: null when nobody lived to tell them. */
  add(facts: Facts | null, failures: readonly Failure[]): void {
    this.inputs++;
    this.#failures += failures.length;
    if (facts === null) return;
    if (facts.refused) this.#refused++;
    this.#bytes += facts.bytes;
    this.#frames += facts.frames;
    this.#exchanges += facts.exchanges;
    for (const severity of ['error', 'warning', 'info'] as const) this.#findings[severity] += facts.findings[severity];
    this.#kinds.set(facts.kind, (this.#kinds.get(facts.kind) ?? 0) + 1);
    for (const thing of facts.met) this.#met.set(thing, (this.#met.get(thing) ?? 0) + 1);
  }

  /** One line, for whoever waits. */
  line(seconds: number): string {
    const rate = (this.inputs / seconds).toFixed(1);
    return `${seconds.toFixed(0)} s: ${this.inputs} inputs (${rate}/s), ${this.#failures} failures, ${this.#met.size} things met`;
  }

  text(seconds: number): string {
    const { error, warning, info } = this.#findings;
    const kinds = [...this.#kinds].sort().map(([kind, count]) => `${kind} ${count}`);
    const met = [...this.#met].sort().map(([thing, count]) => `  ${thing}: ${count}`);
    return [
      this.line(seconds),
      `kinds: ${kinds.join(', ')}; refused as no capture: ${this.#refused}`,
      `${(this.#bytes / 1e6).toFixed(1)} MB, ${this.#frames} frames, ${this.#exchanges} exchanges`,
      `findings: ${error} errors, ${warning} warnings, ${info} infos`,
      'met, in how many inputs:',
      ...met,
    ].join('\n');
  }
}
