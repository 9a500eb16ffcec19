"""Java programs, built with their dependencies by `--install java`: source in src/, Maven's
names and versions in pom.xml. A class with a `main` in package `lab` is a program.
"""

from __future__ import annotations

from install import INSTALLED
from stage import Place, Stage, version

CLASSPATH = f"{INSTALLED / 'java' / 'classes'}:{INSTALLED / 'java' / 'lib'}/*"


def serve(
    stage: Stage, program: str, *arguments: str, at: Place | None = None, properties: tuple[str, ...] = ()
) -> Place:
    """`lab.PROGRAM ADDRESS PORT ARGUMENTS…`, which prints the method and target of each
    request. `properties`: system properties as NAME=VALUE."""
    at = at or stage.at("server")
    stage.log(stage.start([*command(program, *properties), at.address, str(at.port), *arguments], at))
    return at


def play(
    stage: Stage, program: str, connections: tuple[dict, ...], to: Place | None = None, properties: tuple[str, ...] = ()
) -> None:
    """A client program; its plan is its only argument."""
    stage.play(command(program, *properties), connections, to)


def jdk_server(stage: Stage, at: Place | None = None, properties: tuple[str, ...] = ()) -> Place:
    """The HttpServer of the JDK; `sun.net.httpserver.idleInterval=SECONDS` is its idle timeout."""
    at = serve(stage, "JdkServer", at=at, properties=properties)
    stage.server("JDK HttpServer", java_version(), at)
    return at


def command(program: str, *properties: str) -> list[str]:
    return ["java", *(f"-D{one}" for one in properties), "-cp", CLASSPATH, f"lab.{program}"]


def java_version() -> str:
    return version("java", "-version")


def library_version(artifact: str) -> str:
    """Of a jar such as `vertx-core`."""
    jars = [jar.stem for jar in (INSTALLED / "java" / "lib").glob(f"{artifact}-[0-9]*.jar")]
    return jars[0].removeprefix(f"{artifact}-") if jars else "unknown"
