// Runs one stage of the analysis over a capture in memory, again and again, and prints what each time cost: CPU
// nanoseconds per frame, one line each. A process of its own for each stage, because V8 compiles a function for all that it
// has met: a table that has served two kinds of sinks is slower than one that knows its own.
//
//     node stage-run.js ROOT STAGE CAPTURE PASSES
//
// ROOT is the checkout whose compiled program is measured: this one, or another revision.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FrameReader } from '../src/capture/frame-reader.ts';
import type { Kernel } from '../src/http/kernel.ts';
import type { ConnectionTable } from '../src/tcp/connection-table.ts';
import type { StreamSink } from '../src/tcp/stream-sink.ts';
import type { Stage } from './stages.ts';

const [root = '', stage = '', path = '', passes = '3'] = process.argv.slice(2);

const load = (file: string) => import(pathToFileURL(join(root, 'dist', 'src', file)).href);
const { analyze } = (await load('analyze.js')) as typeof import('../src/analyze.ts');
const { Timeline } = (await load('base/timeline.js')) as typeof import('../src/base/timeline.ts');
const { openCapture } = (await load('capture/open-capture.js')) as typeof import('../src/capture/open-capture.ts');
const { FRAME, NEED_BYTES } = (await load(
  'capture/frame-reader.js',
)) as typeof import('../src/capture/frame-reader.ts');
const { ConnectionTable: Table } = (await load(
  'tcp/connection-table.js',
)) as typeof import('../src/tcp/connection-table.ts');
const { HttpConnection } = (await load('http/http-connection.js')) as typeof import('../src/http/http-connection.ts');
const { ExchangePool } = (await load('http/exchange.js')) as typeof import('../src/http/exchange.ts');
const { QuietConnections } = (await load(
  'http/quiet-connections.js',
)) as typeof import('../src/http/quiet-connections.ts');
// Not there in older revisions.
const { Kernel: KernelOf } = (await load('http/kernel.js').catch(() => ({}))) as Partial<
  typeof import('../src/http/kernel.ts')
>;
const { NOBODY } = (await load('http/observer.js')) as typeof import('../src/http/observer.ts');
const { decodeFrame } = (await load('wire/decode.js')) as typeof import('../src/wire/decode.ts');
const { Segment, TCP } = (await load('wire/segment.js')) as typeof import('../src/wire/segment.ts');

const bytes = readFileSync(path);

/** Like a file in the page cache: each read copies. */
function source() {
  let position = 0;
  return {
    size: bytes.length,
    read(target: Buffer, offset: number, length: number): number {
      const count = bytes.copy(target, offset, position, position + length);
      position += count;
      return count;
    },
    close() {},
  };
}

let kernel: Kernel | null = null;

/** Takes every frame's bytes and does nothing with them. */
const NOTHING: StreamSink = {
  bytes() {},
  skipped() {},
  hole() {},
  skippable: () => 0,
  acknowledged() {},
  finished() {},
};

const isIgnored = () => false;
const tables: Readonly<Record<string, () => ConnectionTable>> = {
  table: () => new Table({ sinkFor: () => null, retired() {}, isIgnored }),
  reassembly: () => new Table({ sinkFor: () => NOTHING, retired() {}, isIgnored }),
  http: () => {
    const httpFor = httpRecords();
    return new Table({ sinkFor: httpFor.take, retired: ({ sink }) => httpFor.giveBack(sink), isIgnored });
  },
  'quiet-lane': () => {
    const httpFor = httpRecords();
    const options = {
      httpFor: httpFor.take,
      observer: NOBODY,
      requestObserver: NOBODY,
      ended() {},
      closed: () => true,
      stillOpen() {},
      reached() {},
    };
    kernel = KernelOf?.begin() ?? null;
    const quietLane = new QuietConnections(options, kernel!);
    return new Table({
      sinkFor: httpFor.take,
      retired: ({ sink }) => httpFor.giveBack(sink),
      isIgnored,
      quietLane,
      // Earlier revisions are told of it apart.
      ...(kernel !== null && { shortcut: kernel }),
    });
  },
};

/** Records that are used again, as the whole analysis does it. */
function httpRecords() {
  const pool = new ExchangePool();
  const spare: InstanceType<typeof HttpConnection>[] = [];
  return {
    take: (connection: Parameters<InstanceType<typeof HttpConnection>['begin']>[0]) =>
      (spare.pop() ?? new HttpConnection(false, pool)).begin(connection),
    giveBack(sink: StreamSink | null) {
      if (sink !== null) spare.push(sink as InstanceType<typeof HttpConnection>);
    },
  };
}

const MOST_AT_ONCE = 4096;

/** Every frame to `take`, but those that a kernel takes; returns how many there were. */
async function frames(take: (reader: FrameReader, frame: number) => void): Promise<number> {
  const reader = await openCapture(source(), path, new Timeline(), 0);
  kernel?.adopt(reader);
  let frame = 0;
  for (;;) {
    if (kernel !== null) frame += kernel.takesOn(reader, frame + 1, MOST_AT_ONCE);
    const status = reader.next();
    if (status === FRAME) take(reader, ++frame);
    else if (status !== NEED_BYTES) return frame;
    else await reader.fill();
  }
}

async function pass(stage: Stage): Promise<number> {
  const segment = new Segment();
  switch (stage) {
    case 'reader':
      return frames(() => {});
    case 'decoder':
      return frames((reader) => {
        decodeFrame(reader, segment);
      });
    case 'findings':
    case 'connections': {
      const report = await analyze([{ path, source: source() }], { detail: stage, hosts: [], ports: [] });
      return report.totals.frames;
    }
    default: {
      const table = tables[stage]!();
      const count = await frames((reader, frame) => {
        segment.frame = frame;
        if (decodeFrame(reader, segment) === TCP) table.receive(segment);
      });
      table.finish();
      kernel?.end();
      kernel = null;
      return count;
    }
  }
}

/** Frames after which hot code is compiled, and stays as it is. */
const WARM = 1_000_000;

for (let seen = 0; seen < WARM; ) seen += await pass(stage as Stage);
for (let left = Number(passes); left > 0; left--) {
  const before = process.cpuUsage();
  const count = await pass(stage as Stage);
  const { user, system } = process.cpuUsage(before);
  console.log(((user + system) * 1000) / count);
}
