"""The programs side by side: the same problem to each in turn, and their answers compared."""

import sys
from dataclasses import dataclass

import numpy as np
from competitors.interface import Answer, Question
from worker import Worker

OURS = "sklmm_fit"


@dataclass(frozen=True)
class Result:
    """What one program did with one problem; seconds and ratios have an item for each round."""

    problem: object
    program: str
    version: str
    question: Question | None
    seconds: list[float]
    ratios: list[float]  # to the seconds of sklmm in the same round
    peak_bytes: int
    differences: Answer

    @property
    def peak_in_kinships(self):
        return self.peak_bytes / (self.problem.n**2 * np.dtype(float).itemsize)


class DisagreementError(Exception):
    """A program's answer is not ours."""


class Contest:
    """The workers that are still in it, ours first, and why others are not."""

    def __init__(self, modules):
        self.workers, self.left_out = [], []
        for module in [OURS, *(module for module in modules if module != OURS)]:
            try:
                self.workers.append(Worker(module))
            except Exception as error:
                self._leave_out(module, error)

    @property
    def ours(self):
        return self.workers[0]

    def run(self, problem, rounds):
        """A Result of each worker that was not left out on the way."""
        self._ask(lambda worker: worker.load(problem))
        differences = self._compare(self._ask(Worker.answer))
        peaks = self._ask(Worker.peak_memory)
        times = [self._ask(Worker.seconds) for _ in range(rounds)]
        return {
            worker: Result(
                problem,
                worker.name,
                worker.version,
                worker.question,
                seconds=[seconds[worker] for seconds in times],
                ratios=[seconds[worker] / seconds[self.ours] for seconds in times],
                peak_bytes=peaks[worker],
                differences=differences[worker],
            )
            for worker in self.workers
        }

    def retire(self, worker, reason):
        """Give it no further problem."""
        self.workers.remove(worker)
        worker.stop()
        self._note(f"{worker.name} gets no further problem: it {reason}.")

    def stop(self):
        for worker in self.workers:
            worker.stop()

    def _ask(self, order):
        """The reply of each worker to an order; one that fails is left out from here on."""
        replies = {}
        for worker in list(self.workers):
            try:
                replies[worker] = order(worker)
            except Exception as error:
                self._leave_out(worker.module, error)
                self.workers.remove(worker)
                worker.stop()
        return replies

    def _compare(self, answers):
        """Differences from our answer to the same question, or an error if one is too large."""
        questions = {worker.question for worker in answers} - {None}
        expected = {question: self.ours.expected(question) for question in questions}
        differences = {
            worker: answer.differences(expected.get(worker.question, Answer()))
            for worker, answer in answers.items()
        }
        for worker, difference in differences.items():
            if fields := difference.exceeds(worker.tolerance):
                raise DisagreementError(
                    f"{worker.name} and sklmm differ in {' and '.join(fields)}: {difference} is "
                    f"more than {worker.tolerance}."
                )
        return differences

    def _leave_out(self, module, error):
        if module == OURS:
            raise error
        self._note(f"{module} is left out: {type(error).__name__}: {error}")

    def _note(self, sentence):
        self.left_out.append(sentence)
        print(sentence, file=sys.stderr, flush=True)
