import { describe, expect, test } from 'vitest';
import { WrongCallError } from './exit-codes.ts';
import { outputsOf } from './outputs.ts';

const asked = (format: string | undefined, ...output: string[]) =>
  outputsOf({ ...(format !== undefined && { format }), output }).map(({ format, path }) => `${format} ${path}`);

describe('which format goes where', () => {
  test.each<[string | undefined, string[], string[]]>([
    [undefined, [], ['text -']],
    ['json', [], ['json -']],
    [undefined, ['report.txt'], ['text report.txt']],
    ['json', ['report.json'], ['json report.json']],
    ['json', ['-'], ['json -']],
    [undefined, ['sarif=a', 'junit=b'], ['sarif a', 'junit b', 'text -']],
    ['json', ['sarif=a'], ['sarif a', 'json -']],
    ['json', ['sarif=a', 'r.json'], ['sarif a', 'json r.json']],
    [undefined, ['sarif=-', 'junit=b'], ['sarif -', 'junit b']],
    [undefined, ['r.txt', 'json=-'], ['text r.txt', 'json -']],
    [undefined, ['json=a=b'], ['json a=b', 'text -']],
    [undefined, ['./a=b'], ['text ./a=b']],
    [undefined, ['/tmp/json=b'], ['text /tmp/json=b']],
    [undefined, ['a.b=c'], ['text a.b=c']],
    [undefined, ['text=a', 'text=b'], ['text a', 'text b', 'text -']],
  ])('-f %s -o %j', (format, output, outputs) => expect(asked(format, ...output)).toEqual(outputs));

  test.each<[string | undefined, string[], string]>([
    [undefined, ['srif=a'], "unknown format 'srif' (did you mean sarif?; a file of that name is ./srif=a)"],
    [undefined, ['JSON=a'], "unknown format 'JSON' (did you mean json?"],
    [undefined, ['x=a'], "unknown format 'x' (formats are text, json, "],
    [undefined, ['json='], '-o json=: needs the name of a file'],
    [undefined, [''], '-o needs the name of a file'],
    [undefined, ['a', 'b'], '-o b: a second file needs its format (-o text=b)'],
    [undefined, ['json=-', 'sarif=-'], 'standard output (-) takes only one report'],
    [undefined, ['-', 'sarif=-'], 'standard output (-) takes only one report'],
    ['json', ['sarif=-'], 'standard output (-) takes only one report'],
  ])('-f %s -o %j is refused', (format, output, message) => {
    expect(() => asked(format, ...output)).toThrow(WrongCallError);
    expect(() => asked(format, ...output)).toThrow(message);
  });
});
