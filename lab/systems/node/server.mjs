// Node's ordinary http server. `/name?size=N&wait=MS` chooses the answer.

import http from 'node:http';

const { host, port, properties } = JSON.parse(process.argv[2]);

const server = http.createServer((request, response) => {
  console.log(request.method, request.url);
  const query = new URL(request.url, 'http://lab').searchParams;
  const answer = () => response.end('x'.repeat(Number(query.get('size') ?? 20)));
  request.resume().on('end', () => setTimeout(answer, Number(query.get('wait') ?? 0)));
});
Object.assign(server, properties);
server.listen(port, host);
