"""Versions of files in every format that is written, and what happens to their writers."""

import os
import signal
import sys
import warnings
from contextlib import contextmanager

import numpy as np
import pytest

from sklmm import Kinship
from sklmm.io import (
    read_csv,
    read_grm,
    read_plink,
    read_rel,
    read_text,
    write_csv,
    write_grm,
    write_plink,
    write_rel,
)
from sklmm.io import write_text as write_square

pytest.importorskip("bed_reader")
resource = pytest.importorskip("resource", reason="a system like Unix is needed")

N, M = 30, 41
VERSIONS = ("old", "new", "third")
SOMEBODY = 65534


def version_of(number):
    """Labels, relationships and genotypes, different for each version in every place."""
    rng = np.random.default_rng(number)
    matrix = np.tril(rng.integers(1, 1000, (N, N)) / 8.0)
    kinship = Kinship(matrix + np.tril(matrix, -1).T, [f"{VERSIONS[number]}{i}" for i in range(N)])
    return kinship, rng.integers(0, 3, (N, M)).astype(np.int8)


DATA = {name: version_of(number) for number, name in enumerate(VERSIONS)}


def save_genotypes(prefix, name):
    kinship, genotypes = DATA[name]
    write_plink(prefix, genotypes, kinship.ids, feature_names=[f"{name}{j}" for j in range(M)])


def load_genotypes(prefix):
    read = read_plink(prefix)
    assert {name.rstrip("0123456789") for name in (*read.ids, *read.feature_names)} == {
        read.ids[0].rstrip("0123456789")
    }
    return read.ids, read.data


def load_square(prefix):
    """The matrix, which says itself whose it is."""
    found = read_text(f"{prefix}.cXX.txt", ids=range(N)).matrix
    (name,) = [name for name in VERSIONS if np.array_equal(DATA[name][0].matrix, found)]
    return DATA[name][0].ids, found


def parts(kinship):
    return kinship.ids, kinship.matrix


FORMATS = {
    "grm": (
        lambda prefix, name: write_grm(prefix, DATA[name][0], n_markers=1 + VERSIONS.index(name)),
        lambda prefix: parts(read_grm(prefix)),
        (".grm.bin", ".grm.N.bin", ".grm.id"),
    ),
    "rel": (
        lambda prefix, name: write_rel(prefix, DATA[name][0]),
        lambda prefix: parts(read_rel(f"{prefix}.rel")),
        (".rel", ".rel.id"),
    ),
    "plink": (save_genotypes, load_genotypes, (".bed", ".bim", ".fam")),
    "csv": (
        lambda prefix, name: write_csv(f"{prefix}.csv.gz", DATA[name][0]),
        lambda prefix: parts(read_csv(f"{prefix}.csv.gz")),
        (".csv.gz",),
    ),
    "text": (
        lambda prefix, name: write_square(f"{prefix}.cXX.txt", DATA[name][0]),
        load_square,
        (".cXX.txt",),
    ),
}
SEVERAL = [name for name, (_, _, suffixes) in FORMATS.items() if len(suffixes) > 1]
every_format = pytest.mark.parametrize("name", FORMATS)
of_several_files = pytest.mark.parametrize("name", SEVERAL)


def found_version(prefix, name):
    """The version that readers find, of which labels and numbers are of one."""
    ids, numbers = FORMATS[name][1](prefix)
    version = ids[0].rstrip("0123456789")
    kinship, genotypes = DATA[version]
    assert list(ids) == list(kinship.ids)
    np.testing.assert_array_equal(numbers, genotypes if name == "plink" else kinship.matrix)
    return version


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_nothing_else(prefix, name):
    expected = sorted(f"{prefix.name}{suffix}" for suffix in FORMATS[name][2])
    assert names_in(prefix.parent) == expected


def in_child(action):
    """Run in a process of its own; its exit status, which is negative for a signal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads that are not forked
        child = os.fork()
    if child == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextmanager
def at_moment(moment, act):
    """Act when that many functions have been called or have returned; a list of the count."""
    count = [0]

    def look(frame, event, argument):
        count[0] += 1
        if count[0] == moment:
            sys.setprofile(None)
            act()

    sys.setprofile(look)
    try:
        yield count
    finally:
        sys.setprofile(None)


def kill_myself():
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt():
    raise KeyboardInterrupt


def nothing():
    pass


def hooked(function, moment, before, after=nothing):
    """A function of os that acts around the call of that number."""
    count = [0]

    def call(*arguments, **options):
        count[0] += 1
        if count[0] == moment:
            before()
        result = function(*arguments, **options)
        if count[0] == moment:
            after()
        return result

    return call


def hooked_each(function, acts):
    """A function of os before which something is done, each time something else."""
    acts = list(acts)

    def call(*arguments, **options):
        acts.pop(0)()
        return function(*arguments, **options)

    return call


@contextmanager
def files_of_at_most(size):
    """A disk that is full after so many bytes, for each file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def as_somebody():
    """Without the rights of root, who may write to everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def give_away(folder):
    """To the user of `as_somebody`."""
    for path in (folder, *folder.iterdir()):
        if not os.geteuid():
            os.chown(path, SOMEBODY, SOMEBODY)
