"""Node.js: its own http server and Agent; with `--install node` also undici and axios.

The programs lie beside this file. One that uses an installed package begins with

    import { installed } from './installed.mjs';
    const { Agent, request } = installed('undici');
"""

from __future__ import annotations

import json
from pathlib import Path

from install import INSTALLED
from stage import Place, Stage, version

HERE = Path(__file__).parent
PACKAGES = INSTALLED / "node"

# What a scenario's own server begins with: the application's log of requests.
PRELUDE = """
const log = (request) => console.log(request.method, request.url);
"""


def serve(stage: Stage, keep_alive_timeout: int, at: Place | None = None, **properties) -> Place:
    """Node's ordinary http server, `keepAliveTimeout` in milliseconds. `properties`: others
    of http.Server, such as `maxRequestsPerSocket`. A target `/name?size=N&wait=MS` chooses
    the answer."""
    at = at or stage.at("server")
    properties["keepAliveTimeout"] = keep_alive_timeout
    options = {"host": at.address, "port": at.port, "properties": properties}
    return _start(stage, [str(HERE / "server.mjs"), json.dumps(options)], at)


def program(stage: Stage, source: str, at: Place | None = None) -> Place:
    """A scenario's own server. It listens on port 80 or where `at` says, and calls
    `log(request)`."""
    at = at or stage.at("server")
    path = stage.new_folder("node") / "server.mjs"
    path.write_text(PRELUDE + source)
    return _start(stage, [str(path)], at)


def agent(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    """http.Agent, one per connection of the plan."""
    stage.client("Node.js http.Agent", node_version(), to)
    play(stage, ["agent.mjs"], connections, to)


def undici(stage: Stage, *connections: dict, way: str = "request", to: Place | None = None) -> None:
    """An undici Agent per connection of the plan; `way`: one of the WAYS in undici.mjs."""
    stage.client(f"undici {way}", package_version("undici"), to)
    play(stage, ["undici.mjs", way], connections, to)


def axios(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    """axios, with an http.Agent per connection of the plan."""
    stage.client("axios", package_version("axios"), to)
    play(stage, ["axios.mjs"], connections, to)


def play(stage: Stage, program: list[str], connections: tuple[dict, ...], to: Place | None = None) -> None:
    """A client program of this folder with its arguments."""
    file, *arguments = program
    command = ["node", str(HERE / file), *arguments]
    stage.play(command, connections, to, environment={"LAB_INSTALLED": str(PACKAGES)})


def node_version() -> str:
    return version("node", "--version")


def package_version(name: str) -> str:
    return json.loads((PACKAGES / "node_modules" / name / "package.json").read_text())["version"]


def _start(stage: Stage, arguments: list[str], at: Place) -> Place:
    stage.log(stage.start(["node", *arguments], at, {"LAB_INSTALLED": str(PACKAGES)}))
    stage.server("Node.js", node_version(), at)
    return at
