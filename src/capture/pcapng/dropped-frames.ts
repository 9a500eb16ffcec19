import type { Problem } from '../../base/problem.ts';
import type { Interface } from './interface.ts';

/** Interfaces told by name; and names remembered, of a file of very many sections. */
const TOLD = 5;
const REMEMBERED = 1024;

/** What a capture's interfaces lost, over all of its sections. */
export class DroppedFrames {
  /** Those of the current section, whose counts still grow. */
  readonly #ofSection = new Set<Interface>();
  /** Frames by interface, of the sections before. */
  readonly #before = new Map<string, number>();

  noteLoss(source: Interface): void {
    this.#ofSection.add(source);
  }

  endSection(): void {
    this.#addSectionTo(this.#before);
    this.#ofSection.clear();
  }

  /** What was lost, as a problem of the capture; null when nothing was. */
  problem(): Problem | null {
    if (this.#ofSection.size === 0 && this.#before.size === 0) return null;
    const all = new Map(this.#before);
    this.#addSectionTo(all);
    const losses = [...all].sort(([, a], [, b]) => b - a);
    const total = losses.reduce((sum, [, count]) => sum + count, 0);
    const told = losses.slice(0, TOLD).map(([label, count]) => `${count} on ${label}`);
    if (losses.length > TOLD) told.push(`the rest on ${losses.length - TOLD} more`);
    const message =
      `${total === 1 ? '1 frame was' : `${total} frames were`} dropped while capturing (${told.join(', ')}): ` +
      'what seems missing from connections may be among them';
    return { kind: 'dropped-frames', offset: null, message };
  }

  /** A capture tells its losses in one way or in both: the greater count holds. */
  #addSectionTo(losses: Map<string, number>): void {
    for (const { label, droppedInAll, droppedBetween } of this.#ofSection) {
      const key = losses.has(label) || losses.size < REMEMBERED ? label : 'other interfaces';
      losses.set(key, (losses.get(key) ?? 0) + Math.max(droppedInAll, droppedBetween));
    }
  }
}
