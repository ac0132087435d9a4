"""What may go wrong between the warmkeeper and AWS, in words."""

from botocore.exceptions import BotoCoreError, ClientError


class ReadError(Exception):
    """A reading failed or lacks a figure; the message names the call and what was wrong."""


class ActError(Exception):
    """Something could not be carried out; the message names the call and what was wrong."""


def words(error: ClientError | BotoCoreError) -> str:
    """AWS's code and message, or what kept it from answering."""
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        return f"{detail.get('Code', 'error')} ({detail.get('Message', '')})"
    return f"{type(error).__name__} ({error})"
