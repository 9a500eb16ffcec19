"""Caddy as a server and as a reverse proxy, built by `--install caddy`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from install import INSTALLED
from stage import Place, Stage, version

PROGRAM = INSTALLED / "caddy" / "caddy"
# Its log is JSON, one object a line.
REQUEST = r'"method":"(\w+)".*?"uri":"([^"]+)"'

CONFIG = """
{{
  admin off
  auto_https off
  persist_config off
  servers {{
    timeouts {{
      idle {idle_timeout}s
    }}
  }}
}}
http://:{port} {{
  bind {address}
  log {{
    output stdout
  }}
  {answer}
}}
"""

PASS_ON = """reverse_proxy {to} {{
    transport http {{
      keepalive {keep_alive}s
    }}
  }}"""


def serve(stage: Stage, idle_timeout: float, at: Place | None = None) -> Place:
    """Caddy with an idle timeout in seconds."""
    at = at or stage.at("server")
    stage.log(_start(stage, 'respond "hello from caddy"', idle_timeout, at), REQUEST)
    stage.server("Caddy", version(PROGRAM, "version"), at)
    return at


def proxy(
    stage: Stage, keep_alive: float, idle_timeout: float = 60, at: Place | None = None, to: Place | None = None
) -> Place:
    """Caddy that keeps upstream connections for `keep_alive` seconds, on the client's
    loopback unless told otherwise."""
    at, to = at or stage.at("client", loopback=True), to or stage.at("server")
    output = _start(stage, PASS_ON.format(to=to.authority, keep_alive=keep_alive), idle_timeout, at)

    def error(method: str, target: str) -> str | None:
        for line in output.read_text().splitlines():
            entry = json.loads(line)
            request = entry.get("request", {})
            if entry["level"] == "error" and (request.get("method"), request.get("uri")) == (method, target):
                # The addresses of one run have no place in a truth.
                return re.sub(r"\d+\.\d+\.\d+\.\d+:\d+", "…", entry["msg"])
        return None

    stage.proxy("Caddy (reverse proxy)", version(PROGRAM, "version"), at, to, error)
    return at


def _start(stage: Stage, answer: str, idle_timeout: float, at: Place) -> Path:
    folder = stage.new_folder("caddy")
    config = folder / "Caddyfile"
    config.write_text(CONFIG.format(port=at.port, address=at.address, idle_timeout=idle_timeout, answer=answer))
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return stage.start([str(PROGRAM), "run", "--adapter", "caddyfile", "--config", str(config)], at, home)
