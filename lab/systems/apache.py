"""Apache httpd with the event MPM. Debian: apache2."""

from __future__ import annotations

from stage import Place, Stage, version, www

CONFIG = """
ServerRoot {folder}
ServerName lab
PidFile {folder}/apache.pid
Listen {listen}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
User www-data
Group www-data
StartServers 1
MinSpareThreads 1
MaxSpareThreads 25
ThreadsPerChild 25
ErrorLog {folder}/error.log
LogFormat "%m %U%q %>s" line
CustomLog {folder}/access.log line
DocumentRoot {www}
{directives}
"""


def serve(stage: Stage, directives: str, files: dict[str, int] | None = None, at: Place | None = None) -> Place:
    """Apache serving `files` of so many bytes."""
    at = at or stage.at("server")
    folder = stage.new_folder("apache")
    config = folder / "apache.conf"
    config.write_text(
        CONFIG.format(folder=folder, listen=at.authority, www=www(folder, files), directives=directives)
    )
    stage.start(["apache2", "-f", str(config), "-DFOREGROUND"], at)
    stage.log(folder / "access.log")
    stage.server("Apache httpd", version("apache2", "-v"), at)
    return at
