"""Puma, Ruby's application server. Debian: puma."""

from __future__ import annotations

from stage import Place, Stage, version

CONFIG = """
bind "tcp://{listen}"
threads 0, {threads}
{directives}
app do |environment|
  target = environment["PATH_INFO"]
  target += "?#{{environment['QUERY_STRING']}}" unless environment["QUERY_STRING"].empty?
  $stdout.write("#{{environment['REQUEST_METHOD']}} #{{target}}\\n")
  $stdout.flush
  environment["rack.input"].read
  body = "x" * 20
  [200, {{ "Content-Type" => "text/plain", "Content-Length" => body.size.to_s }}, [body]]
end
"""


def serve(stage: Stage, directives: str, threads: int = 5, at: Place | None = None) -> Place:
    """Puma with these lines in its configuration, answering everything with a short text."""
    at = at or stage.at("server")
    config = stage.new_folder("puma") / "puma.rb"
    config.write_text(CONFIG.format(listen=at.authority, threads=threads, directives=directives))
    stage.log(stage.start(["puma", "--config", str(config)], at))
    stage.server("Puma", version("puma", "--version"), at)
    return at
