"""Plays a plan with curl, one process per planned connection, and prints one JSON line per
request: what curl says of it.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time

PLAN = json.loads(sys.argv[1])


def transfer(request: dict, folder: str) -> list[str]:
    arguments = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{errormsg}\n"]
    for line in request.get("headers", []):
        arguments += ["--header", line]
    if request.get("body"):
        path = f"{folder}/{request['body']}"
        with open(path, "w") as file:
            file.write("x" * request["body"])
        arguments += ["--data-binary", f"@{path}"]
    return [*arguments, "--request", request["method"], PLAN["base"] + request["target"]]


def play(index: int, connection: dict) -> None:
    time.sleep(connection.get("start", 0))
    with tempfile.TemporaryDirectory() as folder:
        command = ["curl"]
        for request in connection["requests"]:
            command += ["--next"] * (len(command) > 1) + transfer(request, folder)
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for request, told in zip(connection["requests"], output.splitlines(), strict=True):
        status, _, error = told.partition(" ")
        line = {"connection": index, "method": request["method"], "target": request["target"]}
        line |= {"clientSaw": error or f"ok {status}", "retried": False}
        sys.stdout.write(json.dumps(line) + "\n")


threads = [threading.Thread(target=play, args=numbered) for numbered in enumerate(PLAN["connections"])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
