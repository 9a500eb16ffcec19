"""curl. Debian: curl."""

from __future__ import annotations

import sys
from pathlib import Path

from stage import Place, Stage, version

HERE = Path(__file__).parent


def transfers(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    """One curl per connection of the plan, which makes its requests one after the other. A
    request's `headers` is a list of lines."""
    stage.client("curl", version("curl", "--version"), to)
    stage.play([sys.executable, str(HERE / "client.py")], connections, to)
