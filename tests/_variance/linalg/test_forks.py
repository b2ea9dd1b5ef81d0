"""Children that are forked while another thread computes."""

import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import pytest

import sklmm
from sklmm._variance.linalg.forks import computing
from sklmm._variance.linalg.threads import one_thread_for_blas

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="a system with fork is needed"),
    pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning"),
]
SECONDS = 300
N_FORKS = 6
FITS = [("eigh", 150, 20), ("eigh", 40, 1), ("band", 150, 2)]
"""Solvers, and numbers of rows and traits."""
FORK_DURING_FITS = """
import faulthandler, json, os, sys, threading, time, warnings
import numpy as np
from sklmm import Kinship, LMMRegressor

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)


class FitOn(threading.Thread):
    n_fits, is_over = 0, False

    def __init__(self, fit):
        super().__init__()
        self.fit = fit

    def run(self):
        while not self.is_over:
            self.fit()
            self.n_fits += 1


def fork_during_fits(solver, n, n_traits, n_forks):
    A = rng.standard_normal((n, 2 * n))
    kinship, X = Kinship(A @ A.T / n, range(n)), np.arange(n)[:, None]
    Y = A @ rng.standard_normal((2 * n, n_traits)) + rng.standard_normal((n, n_traits))

    def fit():
        return LMMRegressor(kinship, sample_id=0, solver=solver).fit(X, Y)

    expected, other = fit().h_, FitOn(fit)
    other.start()
    for wait in rng.uniform(0, 0.03, n_forks):
        time.sleep(wait)
        child = os.fork()
        if not child:
            faulthandler.dump_traceback_later(60, exit=True)
            np.testing.assert_allclose(fit().h_, expected)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0, "the child failed, or hung for a minute"
    before = other.n_fits
    while other.n_fits < before + 2:
        time.sleep(0.01)
    other.is_over = True
    other.join()
    print("all came back:", solver, n, n_traits)


for arguments in json.loads(sys.argv[1]):
    fork_during_fits(*arguments, int(sys.argv[2]))
"""


def test_forks_while_another_thread_fits():
    """All in one process, which takes longer to start than they do."""
    root = os.path.dirname(os.path.dirname(sklmm.__file__))
    command = [sys.executable, "-c", FORK_DURING_FITS, json.dumps(FITS), str(N_FORKS)]
    done = subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    came_back = [f"all came back: {solver} {n} {n_traits}" for solver, n, n_traits in FITS]
    assert done.stdout.splitlines() == came_back


def in_a_child(question):
    """What a forked child answers, True or False."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(bool(question())))
    child.start()
    assert receiver.poll(60), "the child hangs"
    answer = receiver.recv()
    child.join()
    return answer


def may_enter():
    """Whether another thread can compute."""
    entered = threading.Event()

    def enter():
        with computing, one_thread_for_blas:
            entered.set()

    threading.Thread(target=enter, daemon=True).start()
    return entered.wait(20)


@pytest.fixture
def busy():
    """A thread that computes until it is told to go on."""
    is_inside, may_leave = threading.Event(), threading.Event()

    def compute():
        with computing, computing:
            is_inside.set()
            while not may_leave.wait(0.01):
                computing.let_forks_pass()

    thread = threading.Thread(target=compute)
    thread.start()
    assert is_inside.wait(20)
    yield thread
    may_leave.set()
    thread.join(20)
    assert not thread.is_alive()


def test_long_computations_let_forks_pass(busy):
    assert in_a_child(may_enter)
    assert busy.is_alive()
    assert may_enter()


def test_forks_wait_for_computations_of_other_threads():
    left, is_inside = [], threading.Event()

    def compute():
        with computing:
            is_inside.set()
            time.sleep(0.3)
            left.append(True)

    thread = threading.Thread(target=compute)
    thread.start()
    assert is_inside.wait(20)
    assert in_a_child(lambda: left)
    thread.join()


def test_code_of_the_user_within_a_fit_may_fork():
    with computing:
        assert in_a_child(may_enter)
        with computing.interrupted():
            answers = []
            forks = threading.Thread(target=lambda: answers.append(in_a_child(may_enter)))
            forks.start()
            forks.join(60)
            assert answers == [True]
    assert may_enter()


def test_a_child_has_all_threads_of_blas(two_threads):
    from threadpoolctl import threadpool_info

    def n_threads():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    before = n_threads()
    assert set(before) == {2}
    with one_thread_for_blas:
        assert in_a_child(lambda: n_threads() == before)
        assert set(n_threads()) == {1}
    assert n_threads() == before
