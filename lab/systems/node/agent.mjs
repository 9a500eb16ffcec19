// Node's http.Agent. `idleTimeout` is its option `timeout`.

import http from 'node:http';
import { bodyOf, play } from './player.mjs';

function ask(agent, base, plan) {
  return new Promise((resolve) => {
    const options = { agent, method: plan.method, headers: {} };
    if (plan.body) options.headers['Content-Length'] = plan.body;
    const request = http.request(base + plan.target, options);
    if (plan.timeout) {
      request.setTimeout(plan.timeout * 1000, () => request.destroy(new Error('timed out')));
    }
    const fail = (error) => resolve({ clientSaw: error.message, code: error.code });
    request.on('error', fail);
    request.on('response', (response) => {
      response.on('error', fail);
      response.on('end', () => resolve({ clientSaw: `ok ${response.statusCode}` }));
      response.resume();
    });
    request.end(bodyOf(plan));
  });
}

await play(({ idleTimeout }) => {
  const agent = new http.Agent({
    keepAlive: true,
    maxSockets: 1,
    ...(idleTimeout && { timeout: idleTimeout * 1000 }),
  });
  return { ask: (base, plan) => ask(agent, base, plan), close: () => agent.destroy() };
});
