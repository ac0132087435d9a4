"""Why a job stopped, by type: the type alone decides what happens to its message."""

from collections.abc import Sequence

from jobs.problem import Problem


class JobError(Exception):
    """The base of all that can end an attempt."""


class PermanentError(JobError):
    """No retry can help: the job ends as failed with these problems, and its message is deleted."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    @property
    def problem(self) -> Problem:
        """All problems as the one that a record and a webhook carry: the first's field, every message and remedy."""
        first, *others = self.problems
        return Problem(
            field=first.field,
            message=" | ".join([first.message, *(f"{problem.field}: {problem.message}" for problem in others)]),
            remedy=" | ".join(dict.fromkeys(problem.remedy for problem in self.problems)),
        )


class TransientError(JobError):
    """The same attempt may succeed later: the message comes back after a growing delay."""


class LeaseLostError(JobError):
    """Another worker holds the job now, or may: stop at once and publish nothing."""


class StoppedError(JobError):
    """The task is ending and the work could not be finished in time: the message goes back at once."""
