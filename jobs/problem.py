"""One thing that is wrong with a job, said so that its sender can mend it."""

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """What is wrong (`message`), where (`field`), and what to do about it (`remedy`).

    `field` is a path into the message (`spec.tracks[1].text.font.family`) or names the file or stage concerned.
    It is stored in the job's record and sent in its webhook, so it carries no secret and no path of the worker.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """The problem in one line, as logs and terminals show it."""
        return f"{self.field}: {self.message}; {self.remedy}"
