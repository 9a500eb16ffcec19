"""What a capture shows, read by tshark and judged by sequence numbers: the check that a
scenario came out as designed. Independent of the analyzer on purpose.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

FIELDS = (
    "frame.number", "frame.time_epoch", "tcp.stream", "ip.src", "ipv6.src", "tcp.srcport", "tcp.dstport",
    "tcp.flags.syn", "tcp.flags.fin", "tcp.flags.reset", "tcp.flags.ack", "tcp.seq", "tcp.ack", "tcp.len",
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    number: int
    time: float
    stream: int
    # The client is who sent the connection's first frame.
    from_client: bool
    server_port: int
    syn: bool
    fin: bool
    reset: bool
    has_ack: bool
    seq: int
    ack: int
    length: int

    @property
    def bare_reset(self) -> bool:
        return self.reset and not self.has_ack


def read(path: Path) -> list[Frame]:
    fields = [argument for name in FIELDS for argument in ("-e", name)]
    # -2 is not needed: nothing here depends on later frames.
    output = subprocess.run(
        ["tshark", "-r", str(path), "-Y", "tcp", "-T", "fields", *fields],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    frames, client = [], {}
    for line in output.splitlines():
        number, when, stream, ipv4, ipv6, source_port, target_port, *rest = line.split("\t")
        source = (ipv4 or ipv6, source_port)
        from_client = client.setdefault(stream, source) == source
        flags, (seq, ack, length) = (flag in ("1", "True") for flag in rest[:4]), map(int, rest[4:])
        server_port = int(target_port if from_client else source_port)
        frames.append(
            Frame(int(number), float(when), int(stream), from_client, server_port, *flags, seq, ack, length)
        )
    return frames


def leg(frames: list[Frame], port: int) -> list[Frame]:
    """Of a capture with both legs of a proxy, the connections to this port."""
    return [frame for frame in frames if frame.server_port == port]


def streams(frames: list[Frame]) -> list[list[Frame]]:
    found: dict[int, list[Frame]] = {}
    for frame in frames:
        found.setdefault(frame.stream, []).append(frame)
    return [found[number] for number in sorted(found)]


def server_fin(stream: list[Frame]) -> Frame | None:
    return next((f for f in stream if f.fin and not f.from_client), None)


def first_closer(stream: list[Frame]) -> str:
    closing = next((f for f in stream if f.fin or f.reset), None)
    return "nobody" if closing is None else "client" if closing.from_client else "server"


def after_fin(stream: list[Frame]) -> Frame | None:
    """The client's data that acknowledges the server's FIN."""
    fin = server_fin(stream)
    return fin and next((f for f in stream if f.from_client and f.length and f.ack == fin.seq + fin.length + 1), None)


def crossed(stream: list[Frame]) -> Frame | None:
    """The client's data that crossed the server's FIN: neither acknowledges the other."""
    fin = server_fin(stream)
    if fin is None:
        return None
    position = fin.seq + fin.length
    return next((f for f in stream if f.from_client and f.length and f.ack <= position and fin.ack <= f.seq), None)


def count(judge, frames: list[Frame]) -> int:
    return sum(1 for stream in streams(frames) if judge(stream))


def summary(frames: list[Frame]) -> str:
    closers = [first_closer(stream) for stream in streams(frames)]
    parts = [f"{len(frames)} frames", f"{len(closers)} connections"]
    parts += [f"{closers.count(who)} closed first by {who}" for who in ("client", "server", "nobody") if who in closers]
    resets = [f for f in frames if f.reset]
    if resets:
        parts.append(f"{sum(f.bare_reset for f in resets)} bare RST, {sum(f.has_ack for f in resets)} RST+ACK")
    for name, judge in (("crossed", crossed), ("after FIN", after_fin)):
        if count(judge, frames):
            parts.append(f"{count(judge, frames)} {name}")
    return ", ".join(parts)
