"""New files beside old ones: their names, their modes, and the way to the disk."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

BYTES_OF_A_NAME = 200
"""Of the 255 that file systems allow, so that there is room to add something."""
CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)


def find_target(path: Path) -> Path | None:
    """The file that is to be replaced, at the end of links, or None to write to `path` itself.

    Devices, pipes and what a process holds open, as /dev/stdout, have no place to take.

    Raises
    ------
    OSError
        If it could not be written.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode) or _is_held_open(path):
        return None
    if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    target = Path(os.path.realpath(path))
    if _is_kept(target):
        what = "Only its owner may replace it in a sticky folder: write to another name"
        raise PermissionError(errno.EPERM, what, str(path))
    return target


def _is_kept(target):
    """Another user's file in a folder such as /tmp."""
    folder = target.parent.stat()
    owners = (0, folder.st_uid, target.stat().st_uid)
    return folder.st_mode & stat.S_ISVTX and os.geteuid() not in owners


def _is_held_open(path):
    while not os.path.realpath(path.parent).startswith(("/proc/", "/dev/fd")):
        if not path.is_symlink():
            return False
        path = path.parent / os.readlink(path)
    return True


def beside(target: Path, before: str, after: str = "") -> Path:
    """A hidden file in the same folder, named after another one."""
    name = target.name
    if len(os.fsencode(name)) > BYTES_OF_A_NAME:
        suffix = target.suffix if len(os.fsencode(target.suffix)) <= 20 else ""
        name = hashlib.sha256(os.fsencode(name)).hexdigest() + suffix
    return target.with_name(f".{before}{name}{after}")


def create(path: Path, like: Path) -> None:
    """An empty file, with the mode and the owner of another one if that exists."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    with suppress(FileNotFoundError):
        found = like.stat()
        shutil.copystat(like, path)
        if hasattr(os, "chown"):
            with suppress(OSError):
                os.chown(path, found.st_uid, found.st_gid)


def sync_file(path: Path) -> None:
    """Write a file to the disk: a full one says so here at the latest."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """The names of its files to the disk, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time, where the system has locks; nothing is left behind."""
    with ExitStack() as stack:
        if fcntl is not None:
            with suppress(OSError):
                descriptor = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                stack.callback(fcntl.flock, descriptor, fcntl.LOCK_UN)
        yield


@contextmanager
def opened_text(path: Path) -> Iterator[TextIO]:
    """A new text in UTF-8 with the line breaks of Unix, gzipped if it is named so."""
    with ExitStack() as stack:
        file: Any = stack.enter_context(path.open("wb"))
        if path.suffix.lower() == ".gz":
            file = stack.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=file))
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield stack.enter_context(text)
