"""Forks wait for the threads that compute: BLAS cannot be forked while it works.

A child of `fork` has one thread, and every lock that another thread held stays locked in it.
OpenBLAS also stops its own threads before a fork, and waits for ever if one of them is at work;
neither can be mended afterwards. So a fork waits here until no thread of this package computes,
and computations wait for the fork. Long ones let forks pass by between their steps.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from threading import Condition, get_ident


class _Computing(ContextDecorator):
    """A context in which forks by other threads wait."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._changes = Condition()
        self._depths: dict[int, int] = {}
        """How often each thread has entered."""
        self._n_forks = 0

    def __enter__(self) -> None:
        thread = get_ident()
        with self._changes:
            if thread not in self._depths:
                self._changes.wait_for(lambda: not self._n_forks)
            self._depths[thread] = self._depths.get(thread, 0) + 1

    def __exit__(self, *error: object) -> None:
        thread = get_ident()
        with self._changes:
            self._depths[thread] -= 1
            if not self._depths[thread]:
                del self._depths[thread]
                self._changes.notify_all()

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """A context in which forks need not wait for this thread, which runs code of the user."""
        thread = get_ident()
        with self._changes:
            depth = self._depths.pop(thread, 0)
            self._changes.notify_all()
        try:
            yield
        finally:
            if depth:
                self._go_on(thread, depth)

    def _go_on(self, thread: int, depth: int) -> None:
        with self._changes:
            self._changes.wait_for(lambda: not self._n_forks)
            self._depths[thread] = depth

    def let_forks_pass(self) -> None:
        """Between two steps of a computation."""
        if self._n_forks and get_ident() in self._depths:
            with self.interrupted():
                pass

    def before_fork(self) -> None:
        thread = get_ident()
        with self._changes:
            self._n_forks += 1
            self._changes.wait_for(lambda: not self._depths.keys() - {thread})

    def after_fork_in_parent(self) -> None:
        with self._changes:
            self._n_forks -= 1
            self._changes.notify_all()

    def after_fork_in_child(self) -> None:
        depth = self._depths.get(get_ident(), 0)
        self._forget()
        if depth:
            self._depths[get_ident()] = depth


computing = _Computing()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=computing.before_fork,
        after_in_parent=computing.after_fork_in_parent,
        after_in_child=computing.after_fork_in_child,
    )
