#!/usr/bin/env python3
"""Makes the captures in fixtures/captures/lab: real servers and clients, one link, both ends.

    npm run lab                              every scenario
    npm run lab -- race-node ...             these
    npm run lab -- --jobs 4                  so many at a time
    npm run lab -- --into FOLDER race-node   somewhere else, to try a scenario
    npm run lab -- --list                    their names, and what each lacks here
    npm run lab -- --install [PART ...]      what Debian does not bring

README.md says what it needs. Nothing outside the namespaces it makes is touched.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # root's __pycache__ folders would stay behind

import argparse
import importlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import traceback
from pathlib import Path
from types import ModuleType

import install
import truth
import wire
from network import CaptureFormat, Conditions, Network
from stage import Stage

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent / "fixtures" / "captures" / "lab"
# A race depends on milliseconds: a few tries are normal, more mean a wrong design.
ATTEMPTS = 6


def main() -> int:
    # A scenario interrupted from outside still takes its namespaces down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    if options.install is not None:
        return install.install(options.install + options.scenarios)
    known = {path.stem.replace("_", "-"): path.stem for path in sorted((HERE / "scenarios").glob("*.py"))}
    if options.list:
        for name, module in known.items():
            print("; ".join([name, *missing_for(scenario_of(module))]))
        return 0
    unknown = [name for name in options.scenarios if name not in known]
    lacks = missing()
    if unknown or lacks:
        print(*(f"no scenario {name}" for name in unknown), *(f"needs {what}" for what in lacks), sep="\n")
        return 2
    names = options.scenarios or list(known)
    options.into.mkdir(parents=True, exist_ok=True)
    if options.jobs > 1 and len(names) > 1:
        return in_parallel(names, options)
    results = [attempt(name, known[name], options.into) for name in names]
    return 0 if all(results) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run lab --", description=__doc__.split("\n")[0])
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true", help="names of the scenarios, and what each lacks here")
    parser.add_argument("--install", nargs="*", metavar="PART", help=f"parts: {', '.join(install.PARTS)}")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="scenarios at a time")
    parser.add_argument("--into", type=Path, default=CAPTURES, metavar="FOLDER", help="where the captures go")
    return parser.parse_args()


def missing() -> list[str]:
    """What every scenario needs and this machine does not have, in plain words."""
    lacks = []
    if os.geteuid() != 0:
        lacks.append("root (network namespaces and TAP devices)")
    if not os.path.exists("/dev/net/tun"):
        lacks.append("/dev/net/tun")
    packages = {"ip": "iproute2", "tcpdump": "tcpdump", "tshark": "tshark"}
    lacks += [f"{name} (package {package})" for name, package in packages.items() if not shutil.which(name)]
    return lacks


def missing_for(scenario: ModuleType) -> list[str]:
    return install.missing([*scenario.NEEDS, scenario.FORMAT.program])


def in_parallel(names: list[str], options: argparse.Namespace) -> int:
    """Each in a process of its own, which prints when it is done."""
    waiting, running, results = list(names), {}, []
    command = [sys.executable, __file__, "--into", str(options.into)]
    try:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                output = tempfile.TemporaryFile("w+")
                running[subprocess.Popen([*command, waiting.pop(0)], stdout=output, stderr=output)] = output
            for process in [process for process in running if process.poll() is not None]:
                with running.pop(process) as output:
                    output.seek(0)
                    print(output.read(), end="", flush=True)
                results.append(process.returncode)
            time.sleep(0.1)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
    return 0 if not any(results) else 1


def attempt(name: str, module: str, into: Path) -> bool:
    """One scenario's failure is told and does not keep the others from being made."""
    try:
        return make(name, scenario_of(module), into)
    except Exception:  # noqa: BLE001
        print(f"{name}: failed\n{traceback.format_exc()}")
        return False


def scenario_of(module: str) -> ModuleType:
    return importlib.import_module(f"scenarios.{module}")


def make(name: str, scenario: ModuleType, into: Path) -> bool:
    lacks = missing_for(scenario)
    if lacks:
        print(f"{name}: skipped: {'; '.join(lacks)}")
        return True
    # Beside the fixtures until the run has shown what it is for: a failed or interrupted
    # one must not leave half a pair behind.
    with tempfile.TemporaryDirectory(prefix="finrace-") as folder:
        made = Path(folder)
        if not perform(name, scenario, made, scenario.FORMAT):
            return False
        for old in into.glob(f"{name}.*"):
            old.unlink()
        for path in made.iterdir():
            shutil.copyfile(path, into / path.name)
    return True


def perform(name: str, scenario: ModuleType, folder: Path, capture_format: CaptureFormat) -> bool:
    conditions = getattr(scenario, "CONDITIONS", Conditions())
    shows = getattr(scenario, "shows", lambda frames: True)
    paths = {end: folder / f"{name}.{end}.{capture_format.suffix}" for end in ("client", "server")}
    for turn in range(1, ATTEMPTS + 1):
        with Network(paths, capture_format, conditions) as network:
            stage = Stage(network)
            scenario.play(stage)
            network.settle()
            requests = stage.truth()
        seen = {end: wire.read(path) for end, path in paths.items()}
        if all(shows(frames) for frames in seen.values()):
            truth.write(folder / f"{name}.truth.json", scenario, stage.systems, requests, conditions)
            for end, frames in seen.items():
                print(f"{name} {end}: {wire.summary(frames)}", flush=True)
            return True
        for end, frames in seen.items():
            print(f"{name} {end}: attempt {turn} does not show it ({wire.summary(frames)})", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
