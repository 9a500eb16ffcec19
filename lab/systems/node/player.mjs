// Plays a plan (plan.py): one client of one socket per planned connection, and one JSON
// line per request with what the application saw.

import { setTimeout as sleep } from 'node:timers/promises';

const { base, connections } = JSON.parse(process.argv.at(-1));

// Keeps the event loop from seeing anything, as a long computation does.
function block(seconds) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end);
}

async function pause(plan) {
  if (plan.blocked) {
    await sleep((plan.after - plan.blocked) * 1000);
    block(plan.blocked);
  } else await sleep((plan.after ?? 0) * 1000);
}

async function playConnection(newClient, connection, index) {
  await sleep((connection.start ?? 0) * 1000);
  const client = newClient(connection);
  for (const plan of connection.requests) {
    await pause(plan);
    const saw = await client.ask(base, plan);
    // The retry goes to another connection: the client has dropped the failed one.
    const again =
      plan.retry && !saw.clientSaw.startsWith('ok') ? await client.ask(base, plan) : undefined;
    const { method, target } = plan;
    console.log(
      JSON.stringify({
        connection: index,
        method,
        target,
        retried: again !== undefined,
        ...saw,
        ...(again && { retrySaw: again.clientSaw }),
      }),
    );
  }
  await sleep((connection.holdFor ?? 0) * 1000);
  client.close();
}

// `newClient(connection)` makes a client with `ask(base, plan)`, which tells
// `{ clientSaw, code }` (and `retried`, `retrySaw` of what the library itself sent again), and
// `close()`.
export async function play(newClient) {
  await Promise.all(
    connections.map((connection, index) => playConnection(newClient, connection, index)),
  );
}

export const bodyOf = (plan) => (plan.body ? Buffer.alloc(plan.body, 'x') : undefined);
