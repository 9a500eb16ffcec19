// Rows of numbers as typed arrays side by side: a million rows take what their numbers take, move between threads
// without being copied, and are filtered and sorted without making an object.

const ARRAYS = {
  i32: Int32Array,
  f64: Float64Array,
  f32: Float32Array,
  u16: Uint16Array,
  u8: Uint8Array,
} as const;

/** The columns of a table, with the kind of number that each holds. */
export type Schema = Readonly<Record<string, keyof typeof ARRAYS>>;
export type Arrays<S extends Schema> = { readonly [Name in keyof S]: InstanceType<(typeof ARRAYS)[S[Name]]> };
/** One row, for writing. */
export type Row<S extends Schema> = { readonly [Name in keyof S]: number };

const FIRST_CAPACITY = 256;
/** Doubling would leave as much unused as is used. */
const GROWTH = 1.5;

export class Columns<S extends Schema> {
  length = 0;
  columns: Arrays<S>;
  private readonly schema: S;
  private readonly names: readonly (keyof S & string)[];
  private capacity = FIRST_CAPACITY;

  constructor(schema: S) {
    this.schema = schema;
    this.names = Object.keys(schema);
    this.columns = this.made(FIRST_CAPACITY);
  }

  /** Bytes that its arrays take. */
  get bytes(): number {
    return this.names.reduce((sum, name) => sum + this.columns[name].byteLength, 0);
  }

  add(row: Row<S>): void {
    this.resize(this.length + 1);
    this.set(this.length - 1, row);
  }

  set(index: number, row: Row<S>): void {
    for (const name of this.names) this.columns[name][index] = row[name];
  }

  /** Makes it `length` rows; new ones are zeros. */
  resize(length: number): void {
    if (length > this.capacity) {
      this.capacity = Math.max(length, Math.ceil(this.capacity * GROWTH));
      const grown = this.made(this.capacity);
      for (const name of this.names) grown[name].set(this.columns[name] as never);
      this.columns = grown;
    }
    if (length < this.length) for (const name of this.names) this.columns[name].fill(0, length, this.length);
    this.length = length;
  }

  /** Puts all of `rows` behind the last row. */
  append(rows: Arrays<S>, count: number): void {
    const at = this.length;
    this.resize(at + count);
    for (const name of this.names) this.columns[name].set(rows[name] as never, at);
  }

  /** All rows, cut to their number, to be handed to another thread; this table is empty then. */
  take(): Arrays<S> {
    const taken: Record<string, unknown> = {};
    for (const name of this.names) taken[name] = this.columns[name].slice(0, this.length);
    this.length = 0;
    return taken as Arrays<S>;
  }

  private made(capacity: number): Arrays<S> {
    const made: Record<string, unknown> = {};
    for (const name of this.names) made[name] = new ARRAYS[this.schema[name]!](capacity);
    return made as Arrays<S>;
  }
}

/** The memory of `arrays`, for a message that hands it over. */
export function buffersOf(arrays: Readonly<Record<string, { readonly buffer: ArrayBufferLike }>>): ArrayBuffer[] {
  return Object.values(arrays).map(({ buffer }) => buffer as ArrayBuffer);
}
