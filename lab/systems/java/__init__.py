"""Java programs, built with their dependencies by `--install java`: source in src/, Maven's
names and versions in pom.xml. A class with a `main` in package `lab` is a program.

A request of a plan may be `resent=True`: if it is answered, then because the library sent it
again by itself, of which it tells nobody. The scenario makes sure that the first copy was lost.
"""

from __future__ import annotations

import json

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
    stage: Stage,
    program: str,
    connections: tuple[dict, ...],
    to: Place | None = None,
    arguments: tuple[str, ...] = (),
    properties: tuple[str, ...] = (),
) -> None:
    """A client program, `lab.PROGRAM ARGUMENTS… PLAN`."""
    stage.play([*command(program, *properties), *arguments], connections, to)


def vertx_client(stage: Stage, *connections: dict, to: Place | None = None, **options) -> None:
    """Vert.x HttpClient, one per connection of the plan. `options`: of HttpClientOptions, such
    as `keepAliveTimeout=2` (seconds)."""
    stage.client("Vert.x HttpClient", library_version("vertx-core"), to)
    play(stage, "VertxClient", connections, to, arguments=(json.dumps(options),))


def jdk_client(stage: Stage, *connections: dict, to: Place | None = None, properties: tuple[str, ...] = ()) -> None:
    """java.net.http.HttpClient; `jdk.httpclient.keepalive.timeout=SECONDS` is its idle timeout."""
    stage.client("JDK HttpClient", java_version(), to)
    play(stage, "JdkClient", connections, to, properties=properties)


def url_client(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    """HttpURLConnection. It closes what has been idle for 5 s, or for as long as the server announced."""
    stage.client("JDK HttpURLConnection", java_version(), to)
    play(stage, "UrlClient", connections, to)


def apache_client(stage: Stage, *connections: dict, to: Place | None = None, validate: int = 2000) -> None:
    """Apache HttpClient 5; `validate`: its validateAfterInactivity in milliseconds."""
    stage.client("Apache HttpClient", library_version("httpclient5"), to)
    play(stage, "ApacheClient", connections, to, arguments=(str(validate),))


def socket_client(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    """A socket and no library: it ignores `Connection: close` and keeps its connection."""
    stage.client("a bare socket (Java)", java_version(), to)
    play(stage, "SocketClient", connections, to)


def vertx_server(stage: Stage, at: Place | None = None, **options) -> Place:
    """Vert.x HttpServer. `options`: of HttpServerOptions, such as `idleTimeout=2` (seconds)."""
    at = serve(stage, "VertxServer", json.dumps(options), at=at)
    stage.server("Vert.x HttpServer", library_version("vertx-core"), at)
    return at


def armeria(stage: Stage, at: Place | None = None, properties: tuple[str, ...] = (), **settings: int) -> Place:
    """Armeria. `settings`: of its ServerBuilder, such as `idleTimeoutMillis=2000`; the delay of an
    announced close is `com.linecorp.armeria.defaultHttp1ConnectionCloseDelayMillis=MS`."""
    at = serve(stage, "ArmeriaServer", *pairs(settings), at=at, properties=properties)
    stage.server("Armeria", library_version("armeria"), at)
    return at


def tomcat(stage: Stage, at: Place | None = None, **attributes: int) -> Place:
    """Tomcat. `attributes`: of its Connector, such as `keepAliveTimeout=2000`."""
    at = serve(stage, "TomcatServer", *pairs(attributes), at=at)
    stage.server("Tomcat", library_version("tomcat-embed-core"), at)
    return at


def jetty(stage: Stage, idle_timeout: int, at: Place | None = None) -> Place:
    """Jetty, its connector's `idleTimeout` in milliseconds."""
    at = serve(stage, "JettyServer", str(idle_timeout), at=at)
    stage.server("Jetty", library_version("jetty-server"), at)
    return at


def jdk_server(stage: Stage, at: Place | None = None, properties: tuple[str, ...] = ()) -> Place:
    """The HttpServer of the JDK; `sun.net.httpserver.idleInterval=SECONDS` is its idle timeout."""
    at = serve(stage, "JdkServer", at=at, properties=properties)
    stage.server("JDK HttpServer", java_version(), at)
    return at


def pairs(settings: dict) -> list[str]:
    return [f"{name}={value}" for name, value in settings.items()]


def command(program: str, *properties: str) -> list[str]:
    return ["java", *(f"-D{one}" for one in properties), "-cp", CLASSPATH, f"lab.{program}"]


def java_version() -> str:
    return version("java", "-version")


def library_version(artifact: str) -> str:
    """Of a jar such as `vertx-core`."""
    jars = [jar.stem for jar in (INSTALLED / "java" / "lib").glob(f"{artifact}-[0-9]*.jar")]
    return jars[0].removeprefix(f"{artifact}-") if jars else "unknown"
