// What the jobs of one analysis share in memory: the batches that they send, how far each may run ahead of what is worked
// off, and where all of them stop when the reading is interrupted.
//
// Jobs read at different speeds, and a report must not depend on that. So before a job reads on it claims the bytes that
// it is about to read, and when a signal comes all of them read up to the farthest claim, and no further.

/** Batches that a job may have sent before the first of them is worked off. */
const MOST_BATCHES = 4;
/** Numbers of a batch that there is room for: 2 MB. Larger ones are sent by themselves. */
const ROOM = 1 << 18;

// Words of `states`: the state, and behind it for each job its batches under way, and whether it waits.
const STATE = 0;
const BATCHES = 1;
const IS_WAITING = 2;
const WORDS_OF_JOB = 2;

// The state.
const RUNS = 0;
const STOPS = 1;
const LIMITED = 2;

export interface SharedControl {
  readonly states: Int32Array;
  /** By job and file: how many bytes the job has read, or is about to read. */
  readonly claims: BigInt64Array;
  /** By file: where all jobs stop. */
  readonly limits: BigInt64Array;
  /** By job: room for its batches, used in turns. Memory that is sent from thread to thread has to be collected. */
  readonly rooms: readonly Float64Array[];
}

export function sharedControl(jobs: number, files: number): SharedControl {
  return {
    states: new Int32Array(new SharedArrayBuffer(4 * (1 + WORDS_OF_JOB * jobs))),
    claims: new BigInt64Array(new SharedArrayBuffer(8 * jobs * files)),
    limits: new BigInt64Array(new SharedArrayBuffer(8 * files)),
    rooms: Array.from({ length: jobs }, () => new Float64Array(new SharedArrayBuffer(8 * ROOM * MOST_BATCHES))),
  };
}

/** For a job: waits until it may send its next batch. */
export function waitToSend({ states }: SharedControl, job: number): void {
  const at = WORDS_OF_JOB * job;
  for (;;) {
    // Said before it is looked, so that whoever takes a batch after that wakes this job.
    Atomics.store(states, at + IS_WAITING, 1);
    const underWay = Atomics.load(states, at + BATCHES);
    if (underWay < MOST_BATCHES) break;
    Atomics.wait(states, at + BATCHES, underWay);
  }
  Atomics.store(states, at + IS_WAITING, 0);
  Atomics.add(states, at + BATCHES, 1);
}

/** A batch of a job was worked off. */
export function batchTaken({ states }: SharedControl, job: number): void {
  const at = WORDS_OF_JOB * job;
  Atomics.sub(states, at + BATCHES, 1);
  if (Atomics.load(states, at + IS_WAITING) === 1) Atomics.notify(states, at + BATCHES);
}

/** The room for the batch with the number `batch` of a job. Free as soon as the job may send it. */
export function roomFor({ rooms }: SharedControl, job: number, batch: number): Float64Array {
  const start = (batch % MOST_BATCHES) * ROOM;
  return rooms[job]!.subarray(start, start + ROOM);
}

/**
 * For a job that has read `position` bytes of a file and wants `length` more: how many it may read. 0: the reading was
 * interrupted there.
 */
export function claim(control: SharedControl, job: number, file: number, position: number, length: number): number {
  const { states, claims, limits } = control;
  Atomics.store(claims, job * limits.length + file, BigInt(position + length));
  // Whoever stops the jobs sets the state and then reads the claims: either it has read this one, or it is seen here.
  if (Atomics.load(states, STATE) === RUNS) return length;
  while (Atomics.load(states, STATE) === STOPS) Atomics.wait(states, STATE, STOPS);
  return Math.max(0, Math.min(length, Number(Atomics.load(limits, file)) - position));
}

/** Stops all jobs as soon as all can stop at the same place. */
export function stopAll({ states, claims, limits }: SharedControl): void {
  Atomics.store(states, STATE, STOPS);
  for (let at = 0; at < claims.length; at++) {
    const claimed = Atomics.load(claims, at);
    const file = at % limits.length;
    if (claimed > Atomics.load(limits, file)) Atomics.store(limits, file, claimed);
  }
  Atomics.store(states, STATE, LIMITED);
  Atomics.notify(states, STATE);
}
