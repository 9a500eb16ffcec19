// Plays a plan with Node's http.Agent, one agent of one socket per planned
// connection, and prints one JSON line per request: what the application saw.

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { base, connections } = JSON.parse(process.argv[2]);

function ask(agent, plan) {
  return new Promise((resolve) => {
    const options = { agent, method: plan.method, headers: {} };
    if (plan.body) options.headers['Content-Length'] = plan.body;
    const request = http.request(base + plan.target, options);
    if (plan.timeout) {
      request.setTimeout(plan.timeout * 1000, () => request.destroy(new Error('timed out')));
    }
    let status;
    const fail = (error) =>
      resolve({
        clientSaw: error.message,
        code: error.code,
        status,
        reusedSocket: request.reusedSocket,
      });
    request.on('error', fail);
    request.on('response', (response) => {
      status = response.statusCode;
      response.on('error', fail);
      response.on('end', () => resolve({ clientSaw: `ok ${status}` }));
      response.resume();
    });
    request.end(plan.body ? Buffer.alloc(plan.body, 'x') : undefined);
  });
}

// Keeps the event loop from seeing anything, as a long computation does.
function block(seconds) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end);
}

async function play(connection, index) {
  await sleep((connection.start ?? 0) * 1000);
  const agent = new http.Agent({
    keepAlive: true,
    maxSockets: 1,
    ...(connection.idleTimeout && { timeout: connection.idleTimeout * 1000 }),
  });
  for (const plan of connection.requests) {
    if (plan.blocked) {
      await sleep((plan.after - plan.blocked) * 1000);
      block(plan.blocked);
    } else await sleep((plan.after ?? 0) * 1000);
    const saw = await ask(agent, plan);
    // The retry goes to another connection: the agent has dropped the failed one.
    const again = plan.retry && !saw.clientSaw.startsWith('ok') ? await ask(agent, plan) : undefined;
    const { method, target } = plan;
    console.log(
      JSON.stringify({
        connection: index,
        method,
        target,
        ...saw,
        retried: again !== undefined,
        ...(again && { retrySaw: again.clientSaw }),
      }),
    );
  }
  await sleep((connection.holdFor ?? 0) * 1000);
  agent.destroy();
}

await Promise.all(connections.map(play));
