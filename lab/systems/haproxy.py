"""HAProxy, which answers by itself or passes on. Debian: haproxy."""

from __future__ import annotations

import re
from pathlib import Path

from stage import Place, Stage, version

# Its log goes to the standard output; %ts is the termination state: which side ended the
# session, and in what phase; %rc counts retries.
CONFIG = """
global
  log stdout format raw local0 info
  maxconn 200
defaults
  mode http
  log global
  log-format "%HM %HU %ST %ts retries %rc"
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  {defaults}
frontend lab
  bind {listen}
  {frontend}
"""

BACKEND = """
backend application
  server application {to}
"""

ANSWER = 'http-request return status 200 content-type text/plain string "hello from haproxy"'


def serve(stage: Stage, defaults: str, frontend: str = ANSWER, at: Place | None = None) -> Place:
    """HAProxy with these lines (`;` ends one) in its `defaults` and `frontend` sections.
    It answers every request by itself."""
    at = at or stage.at("server")
    output = _start(stage, CONFIG.format(listen=at.authority, defaults=lines(defaults), frontend=lines(frontend)), at)
    stage.log(output)
    stage.server("HAProxy", version("haproxy", "-v"), at)
    return at


def proxy(stage: Stage, defaults: str, at: Place | None = None, to: Place | None = None) -> Place:
    """HAProxy with these lines in its `defaults` section, on the client's loopback unless
    told otherwise."""
    at, to = at or stage.at("client", loopback=True), to or stage.at("server")
    front = CONFIG.format(listen=at.authority, defaults=lines(defaults), frontend="default_backend application")
    output = _start(stage, front + BACKEND.format(to=to.authority), at)

    def error(method: str, target: str) -> str | None:
        """Status, termination state and retries; `-- retries 0`: nothing went wrong."""
        found = re.search(rf"^{method} {re.escape(target)} (.*)$", output.read_text(), re.MULTILINE)
        return None if found is None or found[1].endswith(" -- retries 0") else found[1]

    stage.proxy("HAProxy", version("haproxy", "-v"), at, to, error)
    return at


def lines(text: str) -> str:
    return "\n  ".join(line.strip() for line in text.split(";"))


def _start(stage: Stage, config: str, at: Place) -> Path:
    path = stage.new_folder("haproxy") / "haproxy.cfg"
    path.write_text(config)
    return stage.start(["haproxy", "-db", "-f", str(path)], at)
