"""Every kind of message end on a few connections: HEAD with the Content-Length of the GET,
204, 304 with a Content-Length, a chunked response, one with trailers, an empty one, 103
before 200, an upload in chunks, and at last a response that only the server's close ends.
A client of bare sockets asks for them in turn, then all but the last pipelined.
"""

from network import PCAP_NANO
from systems import node, python
from truth import CLEAN
import wire

TITLE = "HEAD, 204, 304, chunks, trailers and an end by close"
NEEDS = ["node"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
SERVER = """
import http from 'node:http';
const answers = {
  '/page': (response) => response.setHeader('Content-Length', 500).end('x'.repeat(500)),
  '/none': (response) => response.writeHead(204).end(),
  '/same': (response) => response.writeHead(304, { 'Content-Length': 500, ETag: '"1"' }).end(),
  '/chunks': (response) => {
    response.write('x'.repeat(100));
    setTimeout(() => response.write('y'.repeat(200)), 50);
    setTimeout(() => response.end('z'), 100);
  },
  '/trailers': (response) => {
    response.setHeader('Trailer', 'Checksum');
    response.write('x'.repeat(300));
    response.addTrailers({ Checksum: 'none' });
    response.end();
  },
  '/empty': (response) => response.end(),
  '/hints': (response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    setTimeout(() => response.end('hello'), 50);
  },
  '/form': (response) => response.end('thanks'),
  '/until-close': (response) => {
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
    response.write('x'.repeat(700));
    setTimeout(() => response.end('y'.repeat(300)), 200);
  },
};
http.createServer((request, response) => {
  log(request);
  request.resume().on('end', () => answers[request.url](response));
}).listen(80);
"""
CLIENT = """
CHUNKED = b"5\\r\\nhello\\r\\n6;name=value\\r\\n world\\r\\n0\\r\\nChecksum: none\\r\\n\\r\\n"
UPLOAD = Request("POST", "/form", ("Transfer-Encoding: chunked",))
ALL = (
    Request("HEAD", "/page"), get("/none"), Request("HEAD", "/chunks"), get("/same"), get("/chunks"), get("/trailers"),
    get("/empty"), get("/hints"), Request("OPTIONS", "/none"), get("/page"),
)

def upload(connection):
    connection.send(UPLOAD)
    connection.socket.sendall(CHUNKED[:20])
    sleep(0.1)
    connection.socket.sendall(CHUNKED[20:])
    connection.answer()

with Connection() as connection:
    for request in ALL:
        connection.ask(request)
    upload(connection)
    sleep(0.5)
    connection.ask(get("/page"))
with Connection() as connection:
    connection.send(*ALL)
    for _ in ALL:
        connection.answer()
    upload(connection)
    connection.ask(get("/until-close"))
"""


def play(stage):
    node.program(stage, SERVER)
    python.sockets(stage, CLIENT)


def shows(frames):
    return [wire.first_closer(stream) for stream in wire.streams(frames)] == ["client", "server"]
