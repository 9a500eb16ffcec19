"""nginx as a server and as a reverse proxy. Debian: nginx-light or nginx."""

from __future__ import annotations

import re

from stage import Place, Stage, version, www

SERVER = """
daemon off; master_process off; worker_processes 1; user root;
pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
  log_format line '$request_method $request_uri $status';
  access_log {folder}/access.log line;
  client_body_temp_path {folder}/body;
  default_type text/plain;
  server {{
    listen {listen} reuseport;
    root {www};
    {directives}
    location / {{ try_files $uri @hello; }}
    location @hello {{ return 200 'hello from nginx\\n'; }}
  }}
}}
"""

PROXY = """
daemon off; master_process off; worker_processes 1; user root;
pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/temp;
  upstream application {{ server {to} max_fails=0; {directives} }}
  server {{
    listen {listen};
    {server_directives}
    location / {{
      proxy_pass http://application;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


def serve(stage: Stage, directives: str, files: dict[str, int] | None = None, at: Place | None = None) -> Place:
    """nginx with these directives in its `server` block, serving `files` of so many bytes;
    every other target is answered with a short text."""
    at = at or stage.at("server")
    folder = stage.new_folder("nginx")
    config = SERVER.format(folder=folder, listen=at.authority, www=www(folder, files), directives=directives)
    _start(stage, config, folder, at)
    stage.log(folder / "access.log")
    stage.server("nginx", version("nginx", "-v"), at)
    return at


def proxy(
    stage: Stage, directives: str, server_directives: str = "", at: Place | None = None, to: Place | None = None
) -> Place:
    """nginx with these directives in its `upstream` block, on the client's loopback unless
    told otherwise."""
    at, to = at or stage.at("client", loopback=True), to or stage.at("server")
    folder = stage.new_folder("nginx-proxy")
    config = PROXY.format(
        folder=folder, listen=at.authority, to=to.authority, directives=directives, server_directives=server_directives
    )
    _start(stage, config, folder, at)

    def error(method: str, target: str) -> str | None:
        request = re.escape(f'request: "{method} {target} ')
        log = (folder / "error.log").read_text()
        found = re.search(rf"^.*\[error\] \S+ \*\d+ (.*?), client: .*{request}", log, re.MULTILINE)
        return found and found[1]

    stage.proxy("nginx (reverse proxy)", version("nginx", "-v"), at, to, error)
    return at


def _start(stage: Stage, config: str, folder, at: Place) -> None:
    (folder / "nginx.conf").write_text(config)
    stage.start(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], at)
