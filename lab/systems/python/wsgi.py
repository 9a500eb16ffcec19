"""A WSGI application for gunicorn and waitress. `/name?size=N&wait=SECONDS` chooses the
answer (`killed=1`: the target's first request does not survive it); a target that begins
with `/refuse` is answered 413 from the header alone.
"""

import os
import signal
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs


def app(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    target = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if query else "")
    # One write: threads share the output, and print() writes the newline apart.
    sys.stdout.write(f"{environ['REQUEST_METHOD']} {target}\n")
    sys.stdout.flush()
    if target.startswith("/refuse"):
        return answer(start_response, "413 Content Too Large", b"too large\n")
    environ["wsgi.input"].read()
    time.sleep(float(query.get("wait", ["0"])[0]))
    if "killed" in query and is_first(environ["PATH_INFO"]):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer(start_response, "200 OK", b"x" * int(query.get("size", ["20"])[0]))


def is_first(path):
    """A file remembers, since the worker is killed."""
    try:
        Path(path.replace("/", "_") + ".seen").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def answer(start_response, status, body):
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
