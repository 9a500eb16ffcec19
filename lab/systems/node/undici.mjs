// undici, by one of its WAYS. `idleTimeout` is its option `keepAliveTimeout`.

import { installed } from './installed.mjs';
import { bodyOf, play } from './player.mjs';

const { Agent, RetryAgent, fetch, request } = installed('undici');

async function byRequest(dispatcher, url, { method, body }) {
  const { statusCode, body: answer } = await request(url, { dispatcher, method, body });
  await answer.dump();
  return statusCode;
}

async function byFetch(dispatcher, url, { method, body }) {
  const response = await fetch(url, { dispatcher, method, body });
  await response.arrayBuffer();
  return response.status;
}

const WAYS = {
  request: byRequest,
  fetch: byFetch,
  // With its defaults: five retries of idempotent methods, the first after 0.5 s.
  RetryAgent: (agent, ...rest) => byRequest(new RetryAgent(agent), ...rest),
};

// fetch says what happened in `cause` only.
const wordsOf = (error) =>
  [error, error.cause]
    .filter(Boolean)
    .map(({ message }) => message)
    .join(': ');

const way = WAYS[process.argv[2]];

await play(({ idleTimeout }) => {
  const agent = new Agent({
    connections: 1,
    ...(idleTimeout && { keepAliveTimeout: idleTimeout * 1000 }),
  });
  // RetryAgent does not tell that it has sent a request again: the lost connection does.
  let lost;
  agent.on('disconnect', (_origin, _targets, error) => {
    lost = error;
  });
  return {
    ask: async (base, plan) => {
      lost = undefined;
      try {
        const status = await way(agent, base + plan.target, { ...plan, body: bodyOf(plan) });
        const ok = `ok ${status}`;
        if (!lost) return { clientSaw: ok };
        return { clientSaw: lost.message, code: lost.code, retried: true, retrySaw: ok };
      } catch (error) {
        return { clientSaw: wordsOf(error), code: error.code ?? error.cause?.code };
      }
    },
    close: () => agent.destroy(),
  };
});
