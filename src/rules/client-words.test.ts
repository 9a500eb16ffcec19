// What finrace says a client logged, held against what clients in the lab really logged.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyzeFile } from '../testing/analyze-file.ts';
import { findingsOf } from '../testing/findings-of.ts';

const LAB = 'fixtures/captures/lab';
const names = readdirSync(LAB)
  .filter((file) => file.endsWith('.truth.json'))
  .map((file) => file.replace('.truth.json', ''));

interface Truth {
  readonly requests: readonly { method: string; target: string; clientSaw: string | null; retried?: boolean }[];
}

async function claims() {
  const found: { name: string; client: string; words: string; saw: string }[] = [];
  for (const name of names) {
    const file = ['pcap', 'pcapng'].map((kind) => `${LAB}/${name}.client.${kind}`).find(existsSync)!;
    const truth: Truth = JSON.parse(readFileSync(`${LAB}/${name}.truth.json`, 'utf8'));
    for (const { logged, summary } of (await analyzeFile(file)).findings) {
      if (logged === null) continue;
      const request = truth.requests.find(
        ({ method, target, clientSaw }) =>
          summary.includes(`${method} ${target} `) && clientSaw && !/^ok |retried/.test(clientSaw),
      );
      if (request) found.push({ name, ...logged, saw: request.clientSaw! });
    }
  }
  return found;
}

describe('what clients log', () => {
  test('is what they logged in the lab', async () => {
    const all = await claims();
    // Behind a proxy the User-Agent is that of its user, and the proxy has words of its own.
    const own = all.filter(({ saw }) => !/upstream/.test(saw));
    expect(new Set(own.map(({ client }) => client.split('/')[0])).size).toBeGreaterThanOrEqual(6);
    const wrong = own.filter(({ words, saw }) => !saw.toLowerCase().includes(words.toLowerCase()));
    expect(wrong).toEqual([]);
  });

  test('is not said of a client that gives no name, or whose request got an answer', async () => {
    const lost = (options: string) => `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a ${options}
0.082  S 200 length=5
0.083  C ACK
5.082  S FIN
5.083  C GET /b crossing
5.123  S RST`;
    expect((await findingsOf(lost('')))[0]!.logged).toBeNull();
    expect((await findingsOf(lost('agent=unheard-of/1.0')))[0]!.logged).toBeNull();
    expect((await findingsOf(lost('agent=curl/8.5.0')))[0]!.logged).toEqual({
      client: 'curl/8.5.0',
      words: 'Empty reply from server',
    });
  });

  test('differs for a RST', async () => {
    const [finding] = await findingsOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a agent=Go-http-client/1.1
0.081  S ACK
0.281  S RST-ACK`);
    expect(finding!.logged!.words).toBe('connection reset by peer');
  });
});
