"""Two hosts and one long link, on one machine.

    client namespace            relay process            server namespace
    10.99.0.1 on link0  <->  TAP | delay, loss | TAP  <->  link0 on 10.99.0.2
         | capture                                            | capture

(fd99::1 and fd99::2 where a scenario asks for IPv6.)

The hosts are network namespaces: real kernels' TCP, nothing shared with the
machine outside. The link is a process that carries Ethernet frames from one TAP
device to the other and lets each one wait. A user-space relay and not `tc netem`,
because it needs no kernel module, and because a frame's fate (lost, late, twice)
can then be drawn from a seed: the same seed and the same frames, the same link.
TAP devices opened without a virtio header have no segmentation or checksum
offload, so what is captured is what a wire would carry. With one (`offload`) the
kernels hand over segments larger than the MTU and leave checksums to a network card
that is not there, as most captures on servers show it.

Each end has its own capture, so every run shows the same seconds twice, as each
host saw them.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import multiprocessing
import os
import random
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

CLIENT_ADDRESSES = {4: "10.99.0.1", 6: "fd99::1"}
SERVER_ADDRESSES = {4: "10.99.0.2", 6: "fd99::2"}
PREFIX_LENGTH = {4: 24, 6: 64}
CLIENT_MAC = "02:00:00:00:00:01"
SERVER_MAC = "02:00:00:00:00:02"
DEVICE = "link0"

# linux/if_tun.h
TUNSETIFF = 0x400454CA
TUNSETOFFLOAD = 0x400454D0
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
IFF_VNET_HDR = 0x4000
TUN_F_CSUM = 0x01
TUN_F_TSO4 = 0x02
TUN_F_TSO6 = 0x04
# linux/if_ether.h
ETH_P_ALL = 0x0003
ETH_P_8021Q = 0x8100
ETHERNET_ADDRESSES = 12
# The largest segment the kernel hands over, and the headers before it.
LARGEST_FRAME = 65536 + 256
# net/tcp_states.h, as /proc/net/tcp prints them
TCP_TIME_WAIT = "06"
TCP_LISTEN = "0A"
# linux/sched.h
CLONE_NEWNET = 0x40000000

LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Conditions:
    """What the link is and does to frames. Probabilities are per frame and direction."""

    one_way_delay: float = 0.040
    loss: float = 0.0
    reorder: float = 0.0
    # How much longer a reordered frame waits: long enough to be overtaken by the
    # rest of its flight, short enough not to look lost.
    reorder_delay: float = 0.004
    duplicate: float = 0.0
    seed: int = 1
    ip: int = 4
    # Frames carry this VLAN's tag.
    vlan: int | None = None
    # Segments beyond the MTU, checksums left unfinished. Not together with `vlan`.
    offload: bool = False

    def __post_init__(self) -> None:
        if self.ip not in (4, 6) or (self.vlan is not None and self.offload):
            raise ValueError("ip is 4 or 6, and vlan does not go together with offload")


@dataclass(frozen=True)
class CaptureFormat:
    """`pcapng` is written by dumpcap, both kinds of `pcap` by tcpdump."""

    suffix: str
    nanoseconds: bool
    # Bytes kept of each frame; 0: all.
    snap_length: int = 0

    def cut(self, snap_length: int) -> CaptureFormat:
        return replace(self, snap_length=snap_length)

    @property
    def program(self) -> str:
        return "dumpcap" if self.suffix == "pcapng" else "tcpdump"

    def command(self, path: Path) -> list[str]:
        if self.suffix == "pcapng":
            return ["dumpcap", "-q", "-s", str(self.snap_length), "-i", DEVICE, "-w", str(path)]
        precision = "nano" if self.nanoseconds else "micro"
        # -Z root: the output file belongs to root, tcpdump would drop to its own user.
        return [
            "tcpdump", "-U", "-n", "-Z", "root", "--immediate-mode", "-s", str(self.snap_length),
            f"--time-stamp-precision={precision}", "-i", DEVICE, "-w", str(path),
        ]  # fmt: skip


PCAPNG = CaptureFormat("pcapng", True)
PCAP = CaptureFormat("pcap", False)
PCAP_NANO = CaptureFormat("pcap", True)


@dataclass(frozen=True)
class Host:
    """One network namespace with one end of the link."""

    namespace: str
    address: str
    mac: str
    peer_address: str
    peer_mac: str
    conditions: Conditions

    @property
    def device(self) -> str:
        """What has the address: the link itself, or the VLAN on it."""
        return DEVICE if self.conditions.vlan is None else f"vlan{self.conditions.vlan}"

    def create(self) -> None:
        run("ip", "netns", "add", self.namespace)
        # Router solicitations and neighbour discovery would be noise in the captures.
        self.sysctl("all/disable_ipv6", 1)
        self.run("ip", "link", "set", "lo", "up")

    def configure(self) -> None:
        """Gives the device its address. Fixed neighbours: no ARP in the captures."""
        version, device = self.conditions.ip, self.device
        if version == 6:
            # None of its own address, no routers, group reports at once (before the capture).
            settings = {"addr_gen_mode": 1, "accept_ra": 0, "mldv2_unsolicited_report_interval": 1, "disable_ipv6": 0}
            for setting, value in settings.items():
                self.sysctl(f"{device}/{setting}", value)
            # urllib3 tries ::1 to find out whether there is IPv6.
            self.sysctl("lo/disable_ipv6", 0)
            self.run("ip", "address", "replace", "::1/128", "dev", "lo", "nodad")
        self.run("ip", "link", "set", device, "address", self.mac, "up")
        at_once = ["nodad"] if version == 6 else []
        self.run("ip", "address", "add", f"{self.address}/{PREFIX_LENGTH[version]}", "dev", device, *at_once)
        self.run("ip", "neigh", "replace", self.peer_address, "lladdr", self.peer_mac, "dev", device)

    def sysctl(self, setting: str, value: int) -> None:
        self.run("sh", "-c", f"echo {value} > /proc/sys/net/ipv6/conf/{setting}")

    def remove(self) -> None:
        subprocess.run(["ip", "netns", "delete", self.namespace], check=False, capture_output=True)

    def run(self, *command: str) -> None:
        run("ip", "netns", "exec", self.namespace, *command)

    def start(self, command: list[str], **options) -> subprocess.Popen:
        return subprocess.Popen(["ip", "netns", "exec", self.namespace, *command], **options)

    def sockets(self) -> Iterator[tuple[int, str]]:
        """Local port and state of every TCP socket, as /proc/net/tcp writes the state."""
        with self.inside():
            tables = [Path(f"/proc/thread-self/net/{name}").read_text() for name in ("tcp", "tcp6")]
        for line in "".join(table.split("\n", 1)[1] for table in tables).splitlines():
            fields = line.split()
            yield int(fields[1].split(":")[1], 16), fields[3]

    def listens(self, port: int) -> bool:
        return (port, TCP_LISTEN) in self.sockets()

    def open_connections(self) -> int:
        return sum(state not in (TCP_LISTEN, TCP_TIME_WAIT) for _, state in self.sockets())

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Moves the calling thread into the namespace. A socket made there stays there,
        also when the thread has left again."""
        with open("/proc/thread-self/ns/net") as outside:
            self.enter()
            try:
                yield
            finally:
                set_namespace(outside.fileno())

    def enter(self) -> None:
        with open(f"/run/netns/{self.namespace}") as namespace:
            set_namespace(namespace.fileno())


@dataclass
class Network:
    """`with Network(...) as network:` is the link, up and captured at both ends.

    Everything it started is gone afterwards, whatever happened in between.
    """

    captures: dict[str, Path] = field(default_factory=dict)
    capture_format: CaptureFormat = PCAP
    conditions: Conditions = field(default_factory=Conditions)

    def __enter__(self) -> Network:
        # Labs that run at the same time must not meet; devices are made inside the namespaces.
        unique = secrets.token_hex(4)
        client = (CLIENT_ADDRESSES[self.conditions.ip], CLIENT_MAC)
        server = (SERVER_ADDRESSES[self.conditions.ip], SERVER_MAC)
        self.client = Host(f"finrace-client-{unique}", *client, *server, self.conditions)
        self.server = Host(f"finrace-server-{unique}", *server, *client, self.conditions)
        self.stack = contextlib.ExitStack()
        try:
            for host in (self.client, self.server):
                self.stack.callback(host.remove)
                host.create()
            self.stack.callback(self._stop_relay)
            self._start_relay()
            for host in (self.client, self.server):
                host.configure()
            if self.conditions.ip == 6:
                time.sleep(0.2 + self.conditions.one_way_delay)
            for end, host in (("client", self.client), ("server", self.server)):
                if end in self.captures:
                    self._start_capture(host, self.captures[end])
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def black_hole(self, on: bool = True) -> None:
        """From now on the link swallows every frame, as a box does that has forgotten
        the flow; or no longer."""
        self.control.send(on)

    def settle(self, longest: float = 3.0) -> None:
        """Waits until no TCP connection has anything left to say, what is under way has
        arrived, and the captures have it: the kernel hands frames to dumpcap in blocks, up
        to a quarter of a second late, and what it still holds at the end is lost."""
        end = time.monotonic() + longest
        while time.monotonic() < end and (self.client.open_connections() or self.server.open_connections()):
            time.sleep(0.05)
        time.sleep(3 * self.conditions.one_way_delay + 0.4)

    def _start_relay(self) -> None:
        fork = multiprocessing.get_context("fork")
        self.control, far_end = fork.Pipe()
        self.relay = fork.Process(target=relay, args=(self.client, self.server, self.conditions, far_end), daemon=True)
        self.relay.start()
        if not self.control.poll(5) or self.control.recv() != "ready":
            raise RuntimeError("the relay did not start")

    def _stop_relay(self) -> None:
        if getattr(self, "relay", None) is not None:
            self.relay.terminate()
            self.relay.join()

    def _start_capture(self, host: Host, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if self.capture_format.suffix == "pcapng":
            self.stack.callback(forget_machine, path)
        process = host.start(self.capture_format.command(path), stderr=subprocess.PIPE, text=True)
        self.stack.callback(stop, process, signal.SIGINT)
        # tcpdump says "listening on", dumpcap "File:" once the socket is open: not before
        # that is a frame sure to be captured.
        for line in process.stderr:
            if "listening on" in line or line.startswith("File:"):
                # Unread messages must not fill the pipe and stop the capture.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return
        raise RuntimeError(f"{self.capture_format.program} did not start on {host.namespace}")


def relay(client: Host, server: Host, conditions: Conditions, control) -> None:
    """Carries frames between the two namespaces until it is terminated."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    taps = []
    carriers: dict[int, Callable[[], None]] = {}
    for host in (client, server):
        host.enter()
        taps.append(open_tap(DEVICE, conditions.offload))
        if conditions.vlan is not None:
            carriers |= vlan_device(host.device, conditions.vlan)
    other = {taps[0]: taps[1], taps[1]: taps[0]}
    # One sequence of draws per direction: what one side sends does not change the
    # other side's luck.
    luck = {tap: random.Random(conditions.seed * 2 + n) for n, tap in enumerate(taps)}
    waiting: list[tuple[float, int, int, bytes]] = []
    order = itertools.count()
    black_hole = False
    control.send("ready")
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([*taps, *carriers, control], [], [], timeout)
        now = time.monotonic()
        for source in ready:
            if source is control:
                black_hole = control.recv()
                continue
            if source in carriers:
                carriers[source]()
                continue
            frame = os.read(source, LARGEST_FRAME)
            if black_hole:
                continue
            for delay in fate(conditions, luck[source]):
                heapq.heappush(waiting, (now + delay, next(order), other[source], frame))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, target, frame = heapq.heappop(waiting)
            if not black_hole:
                # EIO while the device is not up yet or no longer.
                with contextlib.suppress(OSError):
                    os.write(target, frame)


def fate(conditions: Conditions, luck: random.Random) -> list[float]:
    """How long each copy of the frame waits; an empty list is a lost frame. Always
    three draws, so that one option does not shift the draws of another."""
    lost, late, twice = luck.random(), luck.random(), luck.random()
    if lost < conditions.loss:
        return []
    delay = conditions.one_way_delay
    if late < conditions.reorder:
        delay += conditions.reorder_delay
    return [delay, delay] if twice < conditions.duplicate else [delay]


def open_tap(device: str, offload: bool = False) -> int:
    tap = os.open("/dev/net/tun", os.O_RDWR)
    flags = IFF_TAP | IFF_NO_PI | (IFF_VNET_HDR if offload else 0)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", device.encode(), flags))
    if offload:
        fcntl.ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
    return tap


def vlan_device(device: str, tag: int) -> dict[int, Callable[[], None]]:
    """A device whose frames go out on the link with a tag, and what carries them: what to
    do when a descriptor is readable. Made here, because not every kernel has VLAN devices."""
    run("ip", "link", "set", DEVICE, "up")
    inside = open_tap(device)
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.bind((DEVICE, ETH_P_ALL))
    header = struct.pack("!HH", ETH_P_8021Q, tag)

    def send() -> None:
        frame = os.read(inside, LARGEST_FRAME)
        link.send(frame[:ETHERNET_ADDRESSES] + header + frame[ETHERNET_ADDRESSES:])

    def receive() -> None:
        # The kernel has taken the tag out already.
        frame, (_, _, kind, *_) = link.recvfrom(LARGEST_FRAME)
        if kind != socket.PACKET_OUTGOING:
            with contextlib.suppress(OSError):
                os.write(inside, frame)

    return {inside: send, link.fileno(): receive}


def set_namespace(descriptor: int) -> None:
    # os.setns() came with Python 3.12.
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def run(*command: str) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {finished.stderr.strip()}")


def stop(process: subprocess.Popen, how: signal.Signals = signal.SIGTERM) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def forget_machine(path: Path) -> None:
    """Takes out of a pcapng file what dumpcap says about the machine (processor and
    operating system, in the section header and the interface description): it has no
    bearing on the traffic, and differs from one maker of a fixture to the next."""
    keep = {0x0A0D0D0A: (), 0x00000001: (2, 9)}  # if_name, if_tsresol
    fixed_length = {0x0A0D0D0A: 16, 0x00000001: 8}
    data, out, position = path.read_bytes(), bytearray(), 0
    while position < len(data):
        kind, length = struct.unpack_from("<II", data, position)
        block = data[position : position + length]
        position += length
        if kind in keep:
            body = bytearray(block[8 : 8 + fixed_length[kind]])
            at = 8 + fixed_length[kind]
            while at + 4 <= length - 4:
                code, size = struct.unpack_from("<HH", block, at)
                padded = 4 + size + -size % 4
                if code in keep[kind]:
                    body += block[at : at + padded]
                at += padded
            if keep[kind]:
                body += bytes(4)  # opt_endofopt
            total = struct.pack("<I", len(body) + 12)
            block = block[:4] + total + bytes(body) + total
        out += block
    path.write_bytes(out)
