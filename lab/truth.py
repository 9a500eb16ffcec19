"""What an analyzer owes a capture, from the design of its scenario, and the file that
says so: see fixtures/README.md for its fields.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from network import Conditions


@dataclass(frozen=True)
class Expectation:
    must: list[dict] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)

    def lists(self) -> dict:
        return {"mustReport": self.must, "mayReport": self.may, "mustNotReport": self.never}


CLEAN = Expectation(never=["*"])


def finding(rule: str, count: int, severity: str, **more) -> dict:
    return {"rule": rule, "count": count, "severity": severity, **more}


FIELDS = {
    "server": ("idleTimeout", "closeDelay", "maxRequests", "maxAge"),
    "client": ("idleTimeout", "responseTimeout"),
}


def estimate(of: str, field: str, value: float, tolerance: float = 0.05, **more) -> dict:
    """What the captured traffic shows of a setting, from either end: `value` in seconds or
    requests, as it is on the wire (Node adds a second to its own). `server`: address:port,
    needed where the capture has several; for a client: the server it talks to."""
    if field not in FIELDS[of]:
        raise ValueError(f"a {of} has no {field}")
    return {"of": of, "field": field, "value": value, "tolerance": tolerance, **more}


def write(
    path: Path, scenario: ModuleType, systems: list[dict], requests: list[dict], conditions: Conditions
) -> None:
    truth = {
        "scenario": path.name.removesuffix(".truth.json"),
        "title": scenario.TITLE,
        "story": " ".join(scenario.__doc__.split()),
        "systems": systems,
        "oneWayDelaySeconds": conditions.one_way_delay,
        "requests": requests,
        **scenario.EXPECT.lists(),
    }
    if hasattr(scenario, "ESTIMATES"):
        truth["estimates"] = scenario.ESTIMATES
    # Where one end cannot see what the other sees, its capture has its own expectation.
    if hasattr(scenario, "EXPECT_AT"):
        truth["perEnd"] = {end: expected.lists() for end, expected in scenario.EXPECT_AT.items()}
    path.write_text(json.dumps(truth, indent=2, ensure_ascii=False) + "\n")
