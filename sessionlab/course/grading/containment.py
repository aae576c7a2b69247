"""What an answer can reach while it is graded: the strongest fence that this machine has, and bounds in any case.

    fence = strongest()             the first that works here: bubblewrap, namespaces, another user, or none
    fence.command(python_arguments) the command that runs Python inside it
    limit(memory, seconds)          in the process itself, before it sees an answer: bounds that it cannot lift

Inside bubblewrap an answer sees Python, this package and an empty folder of its own: no other file, process or network.
Namespaces hide processes and the network, not files. Without a fence an answer runs with the grader's rights: bounded,
but free to read and change that user's files. ``Fence.says`` tells people which of these it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MEMORY = 2**30  # bytes of address space
FILE = 2**24  # bytes of one file, and four times as much in all where the fence can say so
FILES = 256  # open at once
PROCESSES = 8  # and threads, of all answers at once, where they are counted apart from the user's own
#: The user that an answer runs as if root grades: on every Unix, one that owns nothing.
NOBODY = 65534
PROBE_SECONDS = 30
TEMPORARY = "/tmp"

_BUBBLEWRAP = "Answers ran in bubblewrap: without a network, other processes, or files other than Python's."
_NAMESPACES = (
    "Answers ran without a network and apart from other processes, but with your files: "
    "install bubblewrap to keep them away from those."
)
_SPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/opt", "/nix", "/etc/ld.so.cache", "/etc/localtime")


@dataclass(frozen=True)
class Fence:
    """One way of running an answer. ``name``: none, user, namespaces or bubblewrap.

    ``before``: the command that Python is started by; ``user``: who starts it, and ``becomes``: whom the process turns
    into when it has started, by number.
    """

    name: str
    says: str
    before: tuple[str, ...] = ()
    user: int | None = None
    becomes: int | None = None

    @property
    def id(self) -> str:
        """A name for it on this machine."""
        return f"{self.name} {self.user} {self.becomes}"

    @property
    def counts_processes(self) -> bool:
        """Whether its processes are counted apart from those of the user who grades. Linux never counts root's."""
        return self.user is not None or self.becomes is not None or (bool(self.before) and not _is_root())

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return the command that runs Python with these arguments."""
        return [*self.before, sys.executable, *arguments]

    def options(self) -> dict[str, Any]:
        """Return what ``subprocess.Popen`` needs to know besides."""
        user: dict[str, Any] = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        return {"start_new_session": True, "env": _environment(), "cwd": "/", **user}


def fences() -> Iterator[Fence]:
    """Yield the fences of this machine, the strongest first. The last one is none."""
    bwrap, unshare = shutil.which("bwrap"), shutil.which("unshare")
    if bwrap and _is_root():  # needs no namespace of users, and can be somebody else in there
        powers = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
        yield Fence("bubblewrap", _BUBBLEWRAP, (bwrap, *_SPACES, *powers, *_bubblewrap()), becomes=NOBODY)
    for user in (NOBODY, None) if _is_root() else (None,):
        if bwrap:
            yield Fence("bubblewrap", _BUBBLEWRAP, (bwrap, "--unshare-user", *_SPACES, *_bubblewrap()), user)
        if unshare:
            line = (unshare, "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc", "--net")
            yield Fence("namespaces", _NAMESPACES, (*line, "--ipc", "--"), user)
        if user is not None:
            yield Fence("user", "Answers ran as the user nobody, with your network: install bubblewrap.", (), user)
    yield Fence("none", "Answers ran as you do, with your files and your network: see the instructor guide.")


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def named(name: str) -> Fence:
    """Return the fence with this name and user, as ``Fence.id`` gives it."""
    return next(fence for fence in fences() if fence.id == name)


@cache
def strongest() -> Fence:
    """Return the first fence inside which Python and this package start."""
    *walls, none = fences()
    return next((fence for fence in walls if _works(fence)), none)


def _works(fence: Fence) -> bool:
    probe = f"from {__name__} import become; become({fence.becomes}); import sessionlab.study.facade"
    try:
        done = subprocess.run(
            fence.command(["-P", "-c", probe]),
            **fence.options(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _bubblewrap() -> Iterator[str]:
    yield from ("--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev")
    yield from ("--size", str(4 * FILE), "--perms", "1777", "--tmpfs", TEMPORARY)
    for path in _SYSTEM:
        yield from ("--ro-bind-try", path, path)
    for path in _pythons():
        for folder in reversed(Path(path).parents[:-1]):  # they are there in name only
            yield from ("--perms", "0755", "--dir", str(folder))
        yield from ("--ro-bind", path, path)
    yield from ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", TEMPORARY, "--")


def _pythons() -> list[str]:
    """Return the folders that Python reads: its own, those of its packages, and this package's; none inside another."""
    package = Path(__file__).resolve().parents[2]
    wanted = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent, package}
    wanted |= {Path(entry).resolve() for entry in sys.path if entry and _holds_packages(Path(entry))}
    kept: list[Path] = []
    for path in sorted({path.resolve() for path in wanted if path.exists()} | {Path(sys.prefix)}):
        if not any(path == other or other in path.parents for other in (*kept, *map(Path, _SYSTEM))):
            kept.append(path)
    return list(map(str, kept))


def _holds_packages(entry: Path) -> bool:
    """Return whether an entry of ``sys.path`` holds packages: not the folder that happened to be the current one."""
    return entry.name in ("site-packages", "dist-packages", "lib-dynload") or entry.suffix == ".zip"


def _environment() -> dict[str, str]:
    """Return the environment of an answer: nothing of the user's, who may keep secrets there."""
    package = Path(__file__).resolve().parents[2]
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": TEMPORARY,
        "PYTHONPATH": str(package.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SESSIONLAB_PROGRESS": f"{TEMPORARY}/progress.json",
    }


def limit(memory: int, seconds: int, *, counted: bool) -> None:
    """Bound this process for good: memory, processor time, files, and processes.

    ``counted``: whether the fence counts its processes apart from the user's others.
    """
    import resource

    bounds = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": FILE,
        "RLIMIT_NOFILE": FILES,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": PROCESSES if counted else 0,
    }
    for name, most in bounds.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            _lower(kind, most)


def become(user: int | None) -> None:
    """Turn this process into one of another user, for good, and have it die with its parent."""
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _die_with_parent()


def _lower(kind: int, most: int) -> None:
    import resource

    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(kind, (most, most))
    except (OSError, ValueError):  # macOS knows some of them and sets none
        return


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
