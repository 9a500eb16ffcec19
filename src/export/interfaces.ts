export const INTERFACE_DESCRIPTION = 0x1;

/** Numbers the interfaces of a section that is written. */
export class Interfaces {
  #count = 0;

  add(): number {
    return this.#count++;
  }
}
