"""A real Slurm on this machine, in one folder: a controller and two nodes, begun and ended here."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
PACKAGES = "apt-get install munge slurmctld slurmd slurm-client"
_CONF = """\
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,bf_interval=2
ReturnToService=2
JobRequeue=1
KillWait=2
SlurmdTimeout=300
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1
PartitionName=lab Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Return why there can be no Slurm here; empty where there can."""
    without = [name for name in NEEDED if _where(name) is None]
    return f"{', '.join(without)} not found: {PACKAGES}" if without else ""


class Cluster:
    """A Slurm of two nodes, n1 and n2, of one CPU each."""

    def __init__(self, folder: Path) -> None:
        """Write its configuration into `folder`, whose path must be short and without spaces."""
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        folder.chmod(0o755)  # munged distrusts a folder that others could write to
        (folder / "state").mkdir()
        key = folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        self.conf.write_text(
            _CONF.format(
                host=socket.gethostname(), user=getpass.getuser(), folder=folder, ports=_free(3)
            ),
            encoding="utf-8",
        )
        (folder / "cgroup.conf").write_text(f"CgroupPlugin={_cgroup_plugin()}\n", encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """Return the environment in which Slurm's commands talk to this cluster."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH"))}
        return clean | {"SLURM_CONF": str(self.conf)}

    def start(self) -> None:
        """Start munged, the controller and both nodes; return when the nodes are idle."""
        folder = self.folder
        self._start(
            "munged", "--foreground", "--force", f"--socket={folder}/munge.socket",
            f"--key-file={folder}/munge.key", f"--pid-file={folder}/munged.pid",
            f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed",
            "--num-threads=2",
        )  # fmt: skip
        self._wait_for(lambda: (folder / "munge.socket").exists(), "munged")
        self._start("slurmctld", "-D", "-c", "-f", str(self.conf))
        self._wait_for(lambda: "is UP" in self.run("scontrol", "ping"), "slurmctld")
        for node in ("n1", "n2"):
            (folder / f"spool.{node}").mkdir()
            self.start_node(node)
        self._wait_for(lambda: self.states() == {"n1": "idle", "n2": "idle"}, "both nodes")

    def start_node(self, node: str) -> None:
        """Start a node's slurmd."""
        self._start("slurmd", "-D", "-N", node, "-f", str(self.conf), name=node)

    def take_down(self, node: str) -> None:
        """End a node as a power cut does: its slurmd and all that it runs; the controller knows."""
        numbers = self.run("squeue", "-h", "-w", node, "-o", "%A").split()
        self._daemons[node].kill()
        self._daemons[node].wait()
        for process in self._processes(node, numbers):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")

    def hurry(self) -> None:
        """Have jobs begin that Slurm makes wait two minutes, as they were begun before."""
        for number in self.run("squeue", "-h", "-t", "PENDING", "-o", "%A").split():
            self.run("scontrol", "update", f"JobId={number}", "StartTime=now")

    def states(self) -> dict[str, str]:
        """Return each node's state."""
        lines = self.run("sinfo", "-h", "-N", "-o", "%N %t").splitlines()
        return dict(line.split() for line in lines if line.strip())

    def jobs(self) -> list[tuple[str, str, str]]:
        """Return (name, state, node) of each job that waits or runs."""
        lines = self.run("squeue", "-h", "-o", "%j|%T|%N").splitlines()
        return [(name, state, node) for name, state, node in (each.split("|") for each in lines)]

    def run(self, *command: str) -> str:
        """Return what a Slurm command prints, also where it fails."""
        done = subprocess.run(
            command, env=self.environment(), capture_output=True, encoding="utf-8", check=False
        )
        return done.stdout

    def stop(self) -> None:
        """End all that was started, and all that it runs."""
        if "slurmctld" in self._daemons:
            self.run("scancel", "--user", getpass.getuser())
            with suppress(TimeoutError):
                self._wait_for(lambda: not self.jobs(), "the queue to empty", 10)
        for daemon in reversed(list(self._daemons.values())):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def _processes(self, node: str, jobs: Sequence[str]) -> list[int]:
        """Return this cluster's processes on a node: the keepers of steps first, then tasks."""
        keepers, tasks = [], []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                told = (folder / "environ").read_bytes().split(b"\0")
                name = (folder / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if f"SLURM_CONF={self.conf}".encode() not in told:
                continue
            if any(name.startswith(f"slurmstepd: [{job}.") for job in jobs):
                keepers.append(int(folder.name))
            elif f"SLURMD_NODENAME={node}".encode() in told:
                tasks.append(int(folder.name))
        return keepers + tasks

    def _start(self, program: str, *options: str, name: str = "") -> None:
        path = _where(program)
        assert path is not None
        with (self.folder / f"{name or program}.out").open("wb") as out:
            self._daemons[name or program] = subprocess.Popen(
                [path, *options], stdout=out, stderr=out, env=self.environment()
            )

    def _wait_for(self, ready: Callable[[], bool], what: str, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                logs = self.folder.glob("*.log"), self.folder.glob("*.out")
                said = [f"{log.name}:\n{_tail(log)}" for each in logs for log in each]
                raise TimeoutError(f"waited {seconds} s for {what}\n" + "\n".join(said))
            time.sleep(0.2)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster in `folder`, which must be empty, and end it."""
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def _where(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _cgroup_plugin() -> str:
    """Return what uses no cgroup: before Slurm 23.11 one that has none to make."""
    said = subprocess.run(
        [_where("slurmd") or "slurmd", "-V"], capture_output=True, encoding="utf-8"
    )
    major, minor = said.stdout.split()[-1].split(".")[:2]
    return "disabled" if (int(major), int(minor)) >= (23, 11) else "cgroup/v1"


def _free(count: int) -> Sequence[int]:
    """Return ports that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace", encoding="utf-8").splitlines()[-8:])
