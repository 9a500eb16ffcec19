"""Go programs, built by `--install go`: one folder in cmd/ each, modules in go.mod."""

from __future__ import annotations

from install import INSTALLED
from stage import Place, Stage, version


def serve(stage: Stage, idle_timeout: float, max_body: int | None = None, at: Place | None = None) -> Place:
    """net/http's Server, `IdleTimeout` in seconds; a body of more than `max_body` bytes is
    answered 413 while it arrives."""
    at = at or stage.at("server")
    arguments = ["-listen", at.authority, "-idle-timeout", f"{idle_timeout}s"]
    if max_body is not None:
        arguments += ["-max-body", str(max_body)]
    stage.log(stage.start([binary("server"), *arguments], at))
    stage.server("Go net/http", go_version(), at)
    return at


def client(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    """net/http's Client, one Transport per connection of the plan."""
    stage.client("Go http.Client", go_version(), to)
    play(stage, "client", connections, to)


def play(stage: Stage, program: str, connections: tuple[dict, ...], to: Place | None = None) -> None:
    """A client program of cmd/."""
    stage.play([binary(program)], connections, to)


def binary(program: str) -> str:
    return str(INSTALLED / "go" / program)


def go_version() -> str:
    """Of the Go that built the programs."""
    return version("go", "version", binary("server"))
