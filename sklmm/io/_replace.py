"""Files that take the places of old ones together: all of them, or none.

New files are written beside the old ones, and renamed when all are complete. A rename is atomic,
several are not: a journal, which is there from before the first one until after the last, lists
them. A reader that finds it reads each new file, wherever that is; so it sees the old files or the
new ones, though the writer was killed in between. The next writer completes what is left.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ._staging import beside, create, find_target, locked, sync_file, sync_folder

Read = TypeVar("Read")
Version = tuple[int, int]
"""Size and time of a file, which stay the same when it is renamed."""
TRIALS = 10
SECONDS_TO_WAIT = 0.02


class Move(NamedTuple):
    """A new file, its place, and the versions that are there."""

    staged: Path
    target: Path
    new: Version
    old: Version | None

    def is_done(self) -> bool:
        return not self.staged.exists()

    def is_plausible(self) -> bool:
        """Whether nobody else has written either file since."""
        found = version_of(self.target)
        if self.is_done():
            return found == self.new
        return version_of(self.staged) == self.new and found in (self.old, self.new)


@contextmanager
def replacing(*paths: Path) -> Iterator[list[Path]]:
    """Files to write to, which replace `paths` together when the block ends without an error.

    Parameters
    ----------
    *paths : Path
        In the order in which they are replaced: numbers first, the labels that they need last.
        Nothing is written if one of them cannot be.

    Yields
    ------
    list of Path
        Whatever else happens, they are removed and the old files stay as they are.
    """
    token = f"{secrets.token_hex(4)}."
    targets = [find_target(path) for path in paths]
    places = [
        path if target is None else beside(target, token)
        for path, target in zip(paths, targets, strict=True)
    ]
    renames = [(s, t) for s, t in zip(places, targets, strict=True) if t is not None]
    journal = journal_of(paths[-1])
    try:
        for staged, target in renames:
            create(staged, like=target)
        yield places
        for staged, _ in renames:
            sync_file(staged)
        _put_in_place(renames, journal, token)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, *_explained(error, paths, places)) from error
    finally:
        _discard([staged for staged, _ in renames], journal)


def _explained(error, paths, places):
    """What went wrong and where, in names that the user knows."""
    path = dict(zip(map(str, places), paths, strict=True)).get(str(error.filename))
    if isinstance(error, PermissionError) and path is not None and path.exists():
        return f"{error.strerror} for a new file in its folder, to take its place", str(path)
    if error.filename is None:
        path = paths[0] if len(paths) == 1 else paths[0].parent
    return error.strerror, str(error.filename if path is None else path)


def _discard(staged, journal):
    """New files that have not got their places, unless a journal promises them to readers."""
    left = [path for path in staged if path.exists()]
    if left:
        promised = {move.staged for move in _read_journal(journal)}
        for path in left:
            if path not in promised:
                path.unlink(missing_ok=True)


def _put_in_place(renames, journal, token):
    if len(renames) < 2:
        for staged, target in renames:
            os.replace(staged, target)
            sync_folder(target.parent)
        return
    with locked(journal.parent):
        _complete(journal)
        moves = [Move(s, t, version_of(s), version_of(t)) for s, t in renames]
        backups = [beside(target, f"{token}old.") for _, target in renames]
        try:
            for move, backup in zip(moves, backups, strict=True):
                with suppress(OSError):  # a file system without hard links
                    os.link(move.target, backup)
            _write_journal(journal, moves, token)
            for move in moves:
                os.replace(move.staged, move.target)
            _sync_folders(moves)
            journal.unlink()
        except BaseException:
            if _read_journal(journal) == moves:
                _undo(moves, backups, journal)
            raise
        finally:
            for backup in backups:
                backup.unlink(missing_ok=True)


def _complete(journal):
    """Do the renames that a writer was killed in."""
    moves = _read_journal(journal)
    if moves and all(move.is_plausible() for move in moves):
        for move in moves:
            if not move.is_done():
                os.replace(move.staged, move.target)
                move.staged.unlink(missing_ok=True)  # of two names of one file, both stay
        _sync_folders(moves)
        journal.unlink()


def _undo(moves, backups, journal):
    """Take renames back, while the journal shows readers the new files, to its end."""
    done = [(m, backup) for m, backup in zip(moves, backups, strict=True) if m.is_done()]
    if not all(move.old is None or backup.exists() for move, backup in done):
        return _complete(journal)
    for move, backup in reversed(done):
        if move.old is None:
            os.replace(move.target, move.staged)
        else:
            os.link(move.target, move.staged)
            os.replace(backup, move.target)
    journal.unlink()


def _sync_folders(moves):
    for folder in {move.target.parent for move in moves}:
        sync_folder(folder)


def journal_of(labels: Path) -> Path:
    """The file in which a writer lists what it renames, when `labels` comes last."""
    return beside(Path(os.path.realpath(labels)), "", ".replacing")


def _write_journal(journal, moves, token):
    """Write the journal at once, and readable to whoever may read the files."""
    folder, staged = journal.parent, beside(journal, token, ".new")
    lines = [
        [*(path.name if path.parent == folder else str(path) for path in move[:2]), *move[2:]]
        for move in moves
    ]
    try:
        create(staged, like=moves[-1].staged)
        staged.write_text(json.dumps(lines), encoding="utf-8")
        sync_file(staged)
        os.replace(staged, journal)
    finally:
        staged.unlink(missing_ok=True)
    sync_folder(folder)


def _read_journal(journal):
    try:
        lines = json.loads(journal.read_text(encoding="utf-8"))
        return [
            Move(journal.parent / staged, journal.parent / target, tuple(new), old and tuple(old))
            for staged, target, new, old in lines
        ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{journal} should list files that are being replaced, but cannot be read: {error}. "
            "Remove it, and write the files again."
        ) from error


def read_together(paths: Sequence[Path], read: Callable[..., Read]) -> Read:
    """What `read` makes of several files of one version, though they are being replaced.

    Parameters
    ----------
    paths : sequence of Path
        The last one as it is for `replacing`.
    read : callable
        Takes as many paths, which need not be the same.

    Raises
    ------
    ValueError
        If they are replaced all the time, or somebody else wrote them when a writer was killed.
    """
    journal = journal_of(paths[-1])
    for trial in range(TRIALS):
        time.sleep(trial * SECONDS_TO_WAIT)
        files, _, is_plausible = before = _look(paths, journal)
        if not is_plausible:
            continue
        try:
            result = read(*files)
        except Exception:  # of files that are being replaced anything may be raised
            if _look(paths, journal) == before:
                raise
        else:
            if _look(paths, journal) == before:
                return result
    if not is_plausible:
        raise ValueError(
            f"{paths[0]}: its writer was killed, and the files beside it have changed since. "
            f"Write them again, or remove {journal.name} if they are of one version."
        )
    raise ValueError(
        f"{paths[0]} and the files beside it are being replaced. Read them when that is done."
    )


def _look(paths, journal):
    """The file that stands for each path, its version, and whether the journal still holds."""
    moves = _read_journal(journal)
    staged = {move.target: move.staged for move in moves if not move.is_done()}
    files = [staged.get(Path(os.path.realpath(path)), path) for path in paths]
    versions = [version_of(path, "st_dev", "st_ino") for path in files]
    return files, versions, all(move.is_plausible() for move in moves)


def version_of(path: Path, *more: str) -> Any:
    """What changes when a file does."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return tuple(getattr(found, name) for name in ("st_size", "st_mtime_ns", *more))
