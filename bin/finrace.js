#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// V8 compiles a function again and again while it learns what is in a capture. Waiting three times as long for the
// first time makes half as many compilations, and takes a tenth off an ordinary run.
setFlagsFromString('--interrupt-budget=400000');
// What outlives a connection is little, and the rest need not be kept until the heap has doubled.
setFlagsFromString('--heap-growing-percent=60');

const { main } = await import('../dist/src/cli/main.js');
await main(process.argv);
