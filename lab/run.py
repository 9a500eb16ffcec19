#!/usr/bin/env python3
"""Makes the captures in fixtures/captures: real servers and clients, one link, both ends.

    python3 lab/run.py                     every scenario
    python3 lab/run.py race-node ...       these
    python3 lab/run.py --list

Needs Linux, root (network namespaces, TAP devices), Python 3.11, iproute2, tcpdump and
tshark (with dumpcap). A scenario whose server or client is not installed is skipped
and says so. Nothing outside the namespaces it makes is touched.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # root's __pycache__ folders would stay behind

import importlib
import json
import shutil
import signal
import tempfile
import traceback
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import wire
from network import Conditions, Network, missing
from stage import Stage

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent / "fixtures" / "captures"
# A race depends on milliseconds: a few tries are normal, more mean a wrong design.
ATTEMPTS = 6


def main(names: list[str]) -> int:
    # A scenario interrupted from outside still takes its namespaces down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = {path.stem.replace("_", "-"): path.stem for path in sorted((HERE / "scenarios").glob("*.py"))}
    if names == ["--list"]:
        print("\n".join(known))
        return 0
    unknown = [name for name in names if name not in known]
    lacks = missing()
    if unknown or lacks:
        print(*(f"no scenario {name}" for name in unknown), *(f"needs {what}" for what in lacks), sep="\n")
        return 2
    results = [attempt(name, known[name]) for name in names or known]
    return 0 if all(results) else 1


def attempt(name: str, module: str) -> bool:
    """One scenario's failure is told and does not keep the others from being made."""
    try:
        return make(name, importlib.import_module(f"scenarios.{module}"))
    except Exception:  # noqa: BLE001
        print(f"{name}: failed\n{traceback.format_exc()}")
        return False


def make(name: str, scenario: ModuleType) -> bool:
    lacks = [program for program in (*scenario.NEEDS, scenario.FORMAT.program) if not available(program)]
    if lacks:
        print(f"{name}: skipped, {' and '.join(lacks)} not installed")
        return True
    conditions = getattr(scenario, "CONDITIONS", Conditions())
    # Beside the fixtures until the run has shown what it is for: a failed or interrupted
    # one must not leave half a pair behind.
    with tempfile.TemporaryDirectory(prefix="finrace-") as folder:
        paths = {end: Path(folder) / f"{name}.{end}.{scenario.FORMAT.suffix}" for end in ("client", "server")}
        if not perform(name, scenario, paths, conditions):
            return False
        for path in paths.values():
            shutil.copyfile(path, CAPTURES / path.name)
    return True


def perform(name: str, scenario: ModuleType, paths: dict[str, Path], conditions: Conditions) -> bool:
    for turn in range(1, ATTEMPTS + 1):
        with Network(paths, scenario.FORMAT, conditions) as network:
            stage = Stage(network)
            scenario.play(stage)
            network.settle()
            requests = stage.truth()
        seen = {end: wire.read(path) for end, path in paths.items()}
        shows = getattr(scenario, "shows", lambda frames: True)
        if all(shows(frames) for frames in seen.values()):
            write_truth(name, scenario, stage, requests, conditions)
            for end, frames in seen.items():
                print(f"{name} {end}: {wire.summary(frames)}")
            return True
        for end, frames in seen.items():
            print(f"{name} {end}: attempt {turn} does not show it ({wire.summary(frames)})")
    return False


def available(program: str) -> bool:
    """A program on the path, or `python:module`."""
    if program.startswith("python:"):
        return find_spec(program.removeprefix("python:")) is not None
    return shutil.which(program) is not None


def write_truth(name: str, scenario: ModuleType, stage: Stage, requests: list[dict], conditions: Conditions) -> None:
    truth = {
        "scenario": name,
        "title": scenario.TITLE,
        "story": " ".join(scenario.__doc__.split()),
        "systems": stage.systems,
        "oneWayDelaySeconds": conditions.one_way_delay,
        "requests": requests,
        "mustReport": scenario.EXPECT.must,
        "mayReport": scenario.EXPECT.may,
        "mustNotReport": scenario.EXPECT.never,
    }
    # Where one end cannot see what the other sees, its capture has its own expectation.
    for end, expected in getattr(scenario, "EXPECT_AT", {}).items():
        truth.setdefault("perEnd", {})[end] = {
            "mustReport": expected.must,
            "mayReport": expected.may,
            "mustNotReport": expected.never,
        }
    (CAPTURES / f"{name}.truth.json").write_text(json.dumps(truth, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
