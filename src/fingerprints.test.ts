// A fingerprint names a problem and not a capture of it: both ends of a link, other clients, other ports and another
// day give the same ones.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adjustReport } from './policy/adjust-report.ts';
import { NO_POLICY } from './policy/policy.ts';
import { serverPattern } from './policy/server-pattern.ts';
import type { Report } from './report/report.ts';
import { analyzeFile } from './testing/analyze-file.ts';

const LAB = new URL('../fixtures/captures/lab/', import.meta.url);
