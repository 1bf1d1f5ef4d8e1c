#!/usr/bin/env python3
"""Kills the primary of a PostgreSQL cluster under load, and counts what was lost.

    apt-get install patroni etcd-server postgresql
    cargo build --release -p carbon-server
    deploy/failover.py --program target/release/carbon-server kill

Starts etcd, Patroni with three nodes, two carbon-servers, and senders that repeat each event under its id until it is
acknowledged. All of it listens on the loopback alone, in a folder of its own, and is ended with the drill.
The drills: `kill` and `switchover` are of the right set-up (docs/scaling.md); the others show what a wrong one does.
"""

import argparse
import collections
import contextlib
import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ANSWER_MAX_S = 35
BACK_MAX_S = 120
SENDERS = 8
ACCOUNTS = 4

# Nodes, whether commits wait for a standby that is not there, and hosts in the URL of the servers.
Setup = collections.namedtuple("Setup", "nodes strict hosts what")
DRILLS = {
    "kill": Setup(3, True, 3, "the primary's node is killed"),
    "freeze": Setup(3, True, 3, "the primary's node stands still: it takes connections and answers nothing"),
    "switchover": Setup(3, True, 3, "the primary is changed as planned"),
    "two-nodes": Setup(2, True, 2, "WRONG: two nodes, and the primary's is killed"),
    "one-host": Setup(3, True, 1, "WRONG: the URL has one host, and its node is killed"),
    "not-strict": Setup(2, False, 2, "WRONG: not strict: the standby is gone for a while, then the primary is killed and the standby back"),
}


def programs():
    """The newest PostgreSQL that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        sys.exit("no PostgreSQL in /usr/lib/postgresql")
    return found[-1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_somebody():
    """PostgreSQL refuses to serve root: as the user that Debian's package makes."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def within(seconds, what, is_so):
    """Waits until something is so, and says how long that took."""
    begin = time.monotonic()
    while True:
        with contextlib.suppress(OSError, ValueError, KeyError, subprocess.SubprocessError):
            found = is_so()
            if found:
                return found
        if time.monotonic() - begin > seconds:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.2)


class Processes:
    """What the drill has started."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self, name, command, **options):
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options)
        self.running.append(process)
        return process

    def end(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.kill()
            process.wait()


def children(of):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name before it is in parentheses, and may hold anything.
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent == of:
                    found.append(int(entry.name))
    return found


class Node:
    """A PostgreSQL that Patroni looks after."""

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name
        self.port, self.rest = free_port(), free_port()
        self.data = cluster.folder / name
        self.process = None
        self.settings = cluster.folder / f"{name}.yml"
        self.settings.write_text(json.dumps(self.patroni(), indent=1))

    def patroni(self):
        cluster = self.cluster
        # JSON is YAML.
        return {
            "scope": "drill",
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self.rest}", "connect_address": f"127.0.0.1:{self.rest}"},
            "etcd3": {"hosts": [f"127.0.0.1:{cluster.etcd}"]},
            "bootstrap": {
                "dcs": {
                    "ttl": 20,
                    "loop_wait": 5,
                    "retry_timeout": 5,
                    "synchronous_mode": True,
                    "synchronous_mode_strict": cluster.setup.strict,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"wal_log_hints": "on"}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": str(self.data),
                "bin_dir": str(cluster.programs),
                "pgpass": str(cluster.folder / f"{self.name}.pgpass"),
                "authentication": {
                    "superuser": {"username": "postgres"},
                    "replication": {"username": "replicator"},
                    "rewind": {"username": "rewinder"},
                },
                "pg_hba": ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"],
                "parameters": {"unix_socket_directories": str(cluster.folder)},
            },
            "watchdog": {"mode": "off"},
            "tags": {},
        }

    def start(self):
        command = ["patroni", str(self.settings)]
        self.process = self.cluster.processes.start(self.name, command, **as_somebody())

    def postmaster(self):
        """Its pid, if it is ours and runs."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            if str(self.data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    def signal(self, number):
        """To Patroni first, so that it starts nothing again; then to all of PostgreSQL."""
        pids = [self.process.pid] if self.process.poll() is None else []
        if (postmaster := self.postmaster()) is not None:
            pids += [postmaster, *children(postmaster)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def state(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/patroni", timeout=2) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def is_primary(self):
        with contextlib.suppress(OSError, ValueError):
            state = self.state()
            return state.get("role") in ("master", "primary") and state.get("state") == "running"
        return False

    def ask(self, sql, database="postgres"):
        command = [self.cluster.programs / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]
        command += ["-d", f"host=127.0.0.1 port={self.port} user=postgres dbname={database} connect_timeout=3"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout.splitlines()


class Cluster:
    def __init__(self, folder, processes, setup):
        self.folder, self.processes, self.setup = folder, processes, setup
        self.programs = programs()
        self.etcd = free_port()
        peer = free_port()
        urls = [f"http://127.0.0.1:{port}" for port in (self.etcd, peer)]
        command = ["etcd", "--data-dir", str(folder / "etcd"), "--name", "drill"]
        command += ["--listen-client-urls", urls[0], "--advertise-client-urls", urls[0]]
        command += ["--listen-peer-urls", urls[1], "--initial-advertise-peer-urls", urls[1]]
        command += ["--initial-cluster", f"drill={urls[1]}"]
        processes.start("etcd", command, **as_somebody())
        within(30, "etcd listens", lambda: socket.create_connection(("127.0.0.1", self.etcd), 1).close() or True)
        self.nodes = [Node(self, f"node{n + 1}") for n in range(setup.nodes)]

    def start(self):
        first = self.nodes[0]
        first.start()
        within(60, "the first node is primary", first.is_primary)
        for node in self.nodes[1:]:
            node.start()
        self.wait_for_standbys(len(self.nodes) - 1)

    def wait_for_standbys(self, count):
        """Not live before the standby is synchronous."""
        states = "select sync_state from pg_stat_replication where state = 'streaming' order by 1 desc"

        def are_there():
            found = self.primary().ask(states)
            return len(found) == count and found[0] in ("sync", "quorum")

        within(BACK_MAX_S, f"{count} standbys, one of them synchronous", are_there)

    def primary(self):
        return next(iter([node for node in self.nodes if node.process and node.is_primary()]), None)

    def url(self):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[: self.setup.hosts])
        return f"postgres://postgres@{hosts}/carbon?sslmode=disable&target_session_attrs=read-write"


class Servers:
    def __init__(self, program, cluster, count):
        self.environment = {**os.environ, "CARBON_DATABASE_URL": cluster.url()}
        self.program, self.processes = program, cluster.processes
        self.addresses = [f"127.0.0.1:{free_port()}" for _ in range(count)]
        for place, address in enumerate(self.addresses):
            command = [program, "--listen", address, "--key-requests-per-s-max", "100000"]
            self.processes.start(f"server{place + 1}", command, env=self.environment)
            within(60, f"{address} is ready", lambda: self.ask(address, "GET", "/readyz", None)[0] == 200)

    @staticmethod
    def ask(address, method, path, key, body=None, timeout=3 * ANSWER_MAX_S):
        connection = http.client.HTTPConnection(address, timeout=timeout)
        try:
            headers = {"content-type": "application/json"}
            if key:
                headers["authorization"] = f"Bearer {key}"
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def sign_up(self, place):
        account = {"email": f"a{place}@example.com", "password": "correct horse", "organisation": f"A{place}"}
        status, answer = self.ask(self.addresses[0], "POST", "/api/v1/accounts", None, account)
        assert status == 201, answer
        return answer["api_keys"]["live"]

    def check(self):
        return subprocess.run([self.program, "check"], env=self.environment, capture_output=True, text=True)


class Load:
    """Senders, and what they were told."""

    def __init__(self, servers, keys):
        self.servers, self.keys = servers, keys
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged = []  # when, and which
        self.answers = collections.Counter()
        self.longest = 0.0
        self.pause = 0.0
        self.threads = [threading.Thread(target=self.send, args=(n,), daemon=True) for n in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def send(self, sender):
        key, n = self.keys[sender % len(self.keys)], 0
        while not self.stop.is_set():
            event_id, n = f"{sender}-{n}", n + 1
            event = {"model": "gpt-4o", "prompt_tokens": 600, "completion_tokens": 200, "event_id": event_id}
            event["tenant_id"] = f"t{n % 7}"
            time.sleep(self.pause)
            tries = 0
            while not self.try_once(event, key, (sender + n + tries) % len(self.servers.addresses)):
                tries += 1
                if self.stop.is_set():
                    return
                time.sleep(0.2)

    def try_once(self, event, key, place):
        begin = time.monotonic()
        try:
            status, answer = self.servers.ask(self.servers.addresses[place], "POST", "/api/v1/track", key, event)
            told = str(status)
            if status == 503:
                told += " in doubt" if "may have been stored" in answer["detail"] else " not stored"
        except OSError:
            status, told = 0, "no answer"
        end = time.monotonic()
        with self.lock:
            self.answers[told] += 1
            self.longest = max(self.longest, end - begin)
            if status == 200:
                self.acknowledged.append((end, event["event_id"]))
        return status == 200

    def count(self):
        with self.lock:
            return len(self.acknowledged)

    def goes_on(self, seconds, events=100):
        before = self.count()
        try:
            within(seconds, "senders go on", lambda: self.count() > before + events)
            return True
        except TimeoutError:
            return False

    def end(self):
        """Each request is answered before it ends."""
        self.stop.set()
        for thread in self.threads:
            thread.join(4 * ANSWER_MAX_S)

    def outage(self, since):
        """The longest time without an acknowledgement, of what began after `since`."""
        times = sorted(at for at, _ in self.acknowledged if at > since - 1)
        return max((after - before for before, after in zip(times, times[1:])), default=float("nan"))


def stored(primary):
    """How often each event is in the ledger."""
    found = collections.Counter()
    for schema in primary.ask("select schema_name from book", "carbon"):
        found.update(primary.ask(f'select event_id from "{schema}".event', "carbon"))
    return found


def blow(drill, cluster, load):
    """What happens to the cluster; when it began, and how long until there was a new primary."""
    old = cluster.primary()
    if drill == "not-strict":
        standby = next(node for node in cluster.nodes if node is not old)
        # Few writes: it is not for want of much that the standby is not promoted.
        load.pause = 1
        standby.kill()
        assert load.goes_on(BACK_MAX_S, SENDERS), "the primary did not go on alone"
        begin = time.monotonic()
        # As whoever has only the standby left: it comes back, and the primary never.
        old.kill()
        standby.start()
    elif drill == "switchover":
        begin = time.monotonic()
        order = json.dumps({"leader": old.name}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{old.rest}/switchover", order)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
    elif drill == "freeze":
        begin = time.monotonic()
        old.signal(signal.SIGSTOP)
    else:
        begin = time.monotonic()
        old.kill()
    others = [node for node in cluster.nodes if node is not old]
    try:
        seconds = BACK_MAX_S / 2 if drill == "not-strict" else BACK_MAX_S
        within(seconds, "a new primary", lambda: any(node.is_primary() for node in others))
        return begin, time.monotonic() - begin, old
    except TimeoutError:
        return begin, None, old


def run(drill, program, folder):
    setup, failed = DRILLS[drill], []
    processes = Processes(folder)
    try:
        cluster = Cluster(folder, processes, setup)
        cluster.start()
        cluster.primary().ask("create database carbon")
        servers = Servers(program, cluster, 2)
        accounts = 1 if drill == "not-strict" else ACCOUNTS
        load = Load(servers, [servers.sign_up(n) for n in range(accounts)])
        assert load.goes_on(60), f"no load: {load.answers}"
        time.sleep(8)
        begin, promoted, old = blow(drill, cluster, load)
        goes_on = promoted and load.goes_on(60 if drill in ("two-nodes", "one-host") else BACK_MAX_S)
        time.sleep(3)
        load.end()
        if drill == "freeze":
            # Now it is taken out for good.
            old.kill()
        alone = None
        if promoted is None:
            standby = next(node for node in cluster.nodes if node is not old)
            alone = {event for _, event in load.acknowledged} - set(stored(standby))
            old.start()
            within(BACK_MAX_S, "the old primary is back", cluster.primary)
        if drill in ("kill", "two-nodes"):
            # It comes back as a standby, and whatever waited goes on.
            old.start()
            cluster.wait_for_standbys(len(cluster.nodes) - 1)
        found = stored(cluster.primary())
        acknowledged = {event for _, event in load.acknowledged}
        lost = [event for event in acknowledged if event not in found]
        doubled = [event for event, times in found.items() if times > 1]
        print(f"{drill}: {setup.what}")
        print(f"  a new primary after    {f'{promoted:.1f} s' if promoted else 'never'}")
        print(f"  outage                 {f'{load.outage(begin):.1f} s' if goes_on else 'to the end'}")
        print(f"  longest answer         {load.longest:.1f} s")
        print(f"  answers                {dict(sorted(load.answers.items()))}")
        print(f"  acknowledged           {len(acknowledged)}, lost {len(lost)}, doubled {len(doubled)}", flush=True)
        if alone is not None:
            print(f"  on the old primary alone {len(alone)} of them, as long as its disk is there", flush=True)
        if doubled:
            failed.append("events are doubled")
        if load.longest > ANSWER_MAX_S or load.answers["no answer"]:
            failed.append(f"a request was not answered within {ANSWER_MAX_S} s")
        if lost and setup.strict:
            failed.append("events are lost")
        if setup.strict and setup.nodes == 3 and setup.hosts == 3:
            if not goes_on:
                failed.append("the servers do not go on")
            checked = servers.check()
            print(f"  carbon-server check    {'sound' if checked.returncode == 0 else checked.stderr.strip()}")
            if checked.returncode:
                failed.append("the ledger is not sound")
    finally:
        for node in cluster.nodes if "cluster" in locals() else []:
            if node.process:
                node.signal(signal.SIGKILL)
        processes.end()
    return failed


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", required=True, type=Path, help="the carbon-server to run")
    options.add_argument("--keep", type=Path, help="a folder for logs of what failed")
    options.add_argument("drills", nargs="+", choices=DRILLS, metavar="DRILL", help=", ".join(DRILLS))
    arguments = options.parse_args()
    program = arguments.program.resolve()
    all_failed = []
    for drill in arguments.drills:
        with tempfile.TemporaryDirectory(prefix="failover-") as path:
            folder = Path(path)
            if os.getuid() == 0:
                shutil.chown(folder, "postgres", "postgres")
            try:
                failed = run(drill, str(program), folder)
            except (AssertionError, TimeoutError) as error:
                failed = [str(error)]
            if failed and arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                for log in folder.glob("*.log"):
                    shutil.copy(log, arguments.keep / f"{drill}-{log.name}")
            all_failed += [f"{drill}: {why}" for why in failed]
    for why in all_failed:
        print(f"FAILED {why}")
    sys.exit(bool(all_failed))


if __name__ == "__main__":
    main()
