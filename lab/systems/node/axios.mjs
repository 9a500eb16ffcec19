// axios over an http.Agent that keeps connections.

import http from 'node:http';
import { installed } from './installed.mjs';
import { bodyOf, play } from './player.mjs';

const axios = installed('axios');

await play(({ idleTimeout }) => {
  const httpAgent = new http.Agent({
    keepAlive: true,
    maxSockets: 1,
    ...(idleTimeout && { timeout: idleTimeout * 1000 }),
  });
  return {
    ask: async (base, { method, target, ...plan }) => {
      try {
        const options = { httpAgent, method, url: base + target, data: bodyOf(plan) };
        const { status } = await axios({ ...options, validateStatus: () => true });
        return { clientSaw: `ok ${status}` };
      } catch (error) {
        return { clientSaw: error.message, code: error.code };
      }
    },
    close: () => httpAgent.destroy(),
  };
});
