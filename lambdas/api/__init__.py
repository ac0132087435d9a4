"""The api: answers for the fleet while it is asleep, tells what it does, and passes on calls and commands."""
