// Packages from lab/.installed/node, which no import would find from here.

import { createRequire } from 'node:module';

export const installed = createRequire(`${process.env.LAB_INSTALLED}/package.json`);
