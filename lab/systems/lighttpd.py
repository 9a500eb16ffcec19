"""lighttpd. Debian: lighttpd."""

from __future__ import annotations

from stage import Place, Stage, version, www

CONFIG = """
server.document-root = "{www}"
server.bind = "{address}"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.upload-dirs = ( "{folder}" )
server.modules = ( "mod_accesslog" )
accesslog.filename = "{folder}/access.log"
accesslog.format = "%m %U%q %>s"
{directives}
"""


def serve(stage: Stage, directives: str, files: dict[str, int] | None = None, at: Place | None = None) -> Place:
    """lighttpd serving `files` of so many bytes."""
    at = at or stage.at("server")
    folder = stage.new_folder("lighttpd")
    config = folder / "lighttpd.conf"
    config.write_text(
        CONFIG.format(folder=folder, www=www(folder, files), address=at.address, port=at.port, directives=directives)
    )
    stage.start(["lighttpd", "-D", "-f", str(config)], at)
    stage.log(folder / "access.log")
    stage.server("lighttpd", version("lighttpd", "-v"), at)
    return at
