"""The peak of memory while something runs, and what stays of it afterwards (Linux).

The peak is that of this process and of those that it starts.
"""

import ctypes
import gc
import os
import re
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

SECONDS_BETWEEN_LOOKS = 0.005


def peak_memory(work):
    """Bytes at the peak of work() above those before."""
    _give_back_free_memory()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what there is
    before = _bytes("VmHWM", os.getpid())
    with _watched_children() as peaks:
        work()
    return _bytes("VmHWM", os.getpid()) - before + sum(peaks.values())


def kept_memory(work):
    """Bytes that stay after work(), for as long as its result is there."""
    _give_back_free_memory()
    before = _bytes("VmRSS", os.getpid())
    result = work()
    _give_back_free_memory()
    after = _bytes("VmRSS", os.getpid())
    del result
    return after - before


def _give_back_free_memory():
    """To the system: what the allocator keeps would otherwise be used without being seen."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def _watched_children():
    """The peak of each process that this one starts, up to the last look at it."""
    peaks, done = {}, Event()

    def watch():
        while not done.wait(SECONDS_BETWEEN_LOOKS):
            for child in _children():
                peaks[child] = max(peaks.get(child, 0), _bytes("VmHWM", child))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


def _children():
    everybody = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [process for process in everybody if _field("PPid", process) == os.getpid()]


def _bytes(field, process):
    return _field(field, process) * 1024


def _field(field, process):
    """A number from /proc/[process]/status, or 0 if the process has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"^{field}:\s*(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0
