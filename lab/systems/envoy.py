"""Envoy as a server that answers by itself and as a reverse proxy. `--install envoy`.

Options have Envoy's own names: `manager` goes into the HttpConnectionManager (its users'
connections), `route` into the route, `upstream` into the cluster's HttpProtocolOptions.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from install import INSTALLED
from stage import Place, Stage, version

PROGRAM = INSTALLED / "envoy" / "envoy" / "_bin" / "envoy"
# Without a hot-restart partner, one worker, and a log that can be read at once.
OPTIONS = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "error", "--file-flush-interval-msec", "20"]

TYPE = "type.googleapis.com/envoy.extensions"
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
REQUEST = "%REQ(:METHOD)% %REQ(:PATH)%"


def serve(stage: Stage, manager: dict, status: int = 200, at: Place | None = None) -> Place:
    """Envoy answers every request by itself (`direct_response`), from its header alone."""
    at = at or stage.at("server")
    answer = {"direct_response": {"status": status, "body": {"inline_string": "hello from Envoy\n"}}}
    folder = _start(stage, at, manager, answer, [], [])
    stage.log(folder / "access.log")
    stage.server("Envoy", version(PROGRAM, "--version"), at)
    return at


def proxy(
    stage: Stage,
    upstream: dict,
    route: dict | None = None,
    manager: dict | None = None,
    at: Place | None = None,
    to: Place | None = None,
) -> Place:
    """Envoy in front of the server at `to`, itself on the client's loopback unless told
    otherwise. The responses it passes on tell the `x-request-id` that it gave the request."""
    at, to = at or stage.at("client", loopback=True), to or stage.at("server")
    manager = {"always_set_request_id_in_response": True} | (manager or {})
    passes_on = {"route": {"cluster": "application"} | (route or {})}
    attempts = [_log("upstream.log", f"{REQUEST} %RESPONSE_FLAGS%")]
    folder = _start(stage, at, manager, passes_on, [_cluster(to, upstream)], attempts)

    def error(method: str, target: str) -> str | None:
        """Each request to the backend has a line of its own, a failed one with a flag such as
        UC. What its user was told stands in the other log, with the details."""
        request = rf"^{method} {re.escape(target)}"
        flag = re.search(rf"{request} (?!-)(\S+)$", (folder / "upstream.log").read_text(), re.MULTILINE)
        told = re.search(rf"{request} [45]\d\d (\S+)$", (folder / "access.log").read_text(), re.MULTILINE)
        return " ".join(found[1] for found in (flag, told) if found) or None

    stage.proxy("Envoy (reverse proxy)", version(PROGRAM, "--version"), at, to, error)
    return at


def _start(stage: Stage, at: Place, manager: dict, action: dict, clusters: list, attempts: list) -> Path:
    folder = stage.new_folder("envoy")
    router = {"@type": f"{TYPE}.filters.http.router.v3.Router", "upstream_log": attempts}
    connection_manager = {
        "@type": f"{TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "lab",
        "access_log": [_log("access.log", f"{REQUEST} %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%")],
        "http_filters": [{"name": "router", "typed_config": router}],
        "route_config": {
            "virtual_hosts": [{"name": "lab", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, **action}]}]
        },
        **manager,
    }
    listener = {
        "name": "lab",
        "address": _address(at),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": connection_manager}]}],
    }
    config = {"static_resources": {"listeners": [listener], "clusters": clusters}}
    # The logs' names are relative to where Envoy runs.
    text = json.dumps(config).replace("LOGS/", f"{folder}/")
    (folder / "envoy.json").write_text(text)
    stage.start([str(PROGRAM), *OPTIONS, "--config-path", str(folder / "envoy.json")], at)
    return folder


def _cluster(to: Place, upstream: dict) -> dict:
    endpoint = {"endpoint": {"address": _address(to)}}
    http = {"explicit_http_config": {"http_protocol_options": {}}, **upstream}
    return {
        "name": "application",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "application", "endpoints": [{"lb_endpoints": [endpoint]}]},
        "typed_extension_protocol_options": {HTTP_OPTIONS: {"@type": f"type.googleapis.com/{HTTP_OPTIONS}", **http}},
    }


def _address(place: Place) -> dict:
    return {"socket_address": {"address": place.address, "port_value": place.port}}


def _log(name: str, line: str) -> dict:
    written = {
        "@type": f"{TYPE}.access_loggers.file.v3.FileAccessLog",
        "path": f"LOGS/{name}",
        "log_format": {"text_format_source": {"inline_string": f"{line}\n"}},
    }
    return {"name": name, "typed_config": written}
