// The schemas that consumers hold our formats against.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** RFC 3986: the characters of a URI reference, escapes that are whole, and no colon in a first segment without scheme. */
const URI_REFERENCE = /^(?:[a-z][a-z0-9+.-]*:|(?![^/?#]*:))(?:[\w.~!$&'()*+,;=:@/?#[\]-]|%[0-9a-f]{2})*$/i;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function read(path: string) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

const reportSchema = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  read('../../schema/finrace-report.schema.json'),
);

/** The official schema of SARIF 2.1.0 as a package carries it. It is of draft 4, from which it uses nothing that later drafts changed. */
const {
  $schema: _,
  id: __,
  ...sarifDocument
} = read('../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const sarifSchema = new Ajv({
  strict: false,
  // One of its patterns has a bracket too many.
  unicodeRegExp: false,
  allErrors: true,
  formats: { uri: /^[a-z][a-z0-9+.-]*:/i, 'uri-reference': URI_REFERENCE, 'date-time': DATE_TIME },
}).compile(sarifDocument);

/** What GitLab documents of a code quality report. */
const gitlabSchema = new Ajv({ allErrors: true }).compile({
  type: 'array',
  items: {
    type: 'object',
    properties: {
      description: { type: 'string', minLength: 1 },
      check_name: { type: 'string', pattern: '^[a-z0-9-]+$' },
      fingerprint: { type: 'string', pattern: '^[0-9a-f]+$' },
      severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
      location: {
        type: 'object',
        properties: {
          path: { type: 'string', pattern: '^[^/]' },
          lines: { type: 'object', properties: { begin: { type: 'integer', minimum: 1 } }, required: ['begin'] },
        },
        required: ['path', 'lines'],
      },
    },
    required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
    additionalProperties: false,
  },
});

function errorsOf(validate: typeof reportSchema, value: unknown) {
  validate(value);
  return validate.errors ?? null;
}

/** Null when the value is valid. */
export const reportErrors = (value: unknown) => errorsOf(reportSchema, value);
export const sarifErrors = (value: unknown) => errorsOf(sarifSchema, value);
export const gitlabErrors = (value: unknown) => errorsOf(gitlabSchema, value);

/** A command as GitHub's runner reads one out of a line of a log; null when it sees none. */
export function workflowCommandOf(line: string): { name: string; properties: string; message: string } | null {
  const current = /^::(?<name>[a-z-]+)(?: (?<properties>.*?))?::(?<message>.*)$/i.exec(line.trimStart());
  // The old syntax may stand anywhere in a line.
  const old = /##\[(?<name>[a-z-]+)(?: (?<properties>[^\]]*))?\](?<message>.*)$/i.exec(line);
  const { name, properties = '', message } = (current ?? old)?.groups ?? {};
  return name === undefined ? null : { name, properties, message: unescaped(message ?? '') };
}

function unescaped(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
