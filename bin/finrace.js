#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// V8 compiles a function again and again while it learns what is in a capture. Waiting three times as long for the
// first time makes half as many compilations, and takes a tenth off an ordinary run (README of bench/).
setFlagsFromString('--interrupt-budget=400000');

const { main } = await import('../dist/src/cli/main.js');
await main(process.argv);
