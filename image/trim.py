"""Takes from a folder of installed packages what a worker never reads. The image's build runs it as a script.

botocore describes some 400 services in as many folders, and the worker calls five. Services are taken away, never
partitions or endpoints: those are in files of their own, and without them a client cannot be made at all, or calls the
wrong address in China and GovCloud.
"""

import shutil
import sys
from pathlib import Path

SERVICES = frozenset({"dynamodb", "s3", "secretsmanager", "sqs", "sts"})
"""What the worker calls, and `sts`, by which a role may be assumed for its credentials."""

DATA_FOLDERS = ("botocore/data", "boto3/data")
"""A folder for each service, and files that are of all of them."""

UNREAD_FOLDERS = ("bin", "share", "boto3/examples", "uniseg/docs")
"""Commands, manuals and examples."""

UNREAD_FILES = ("*.pyi", "*.pyx", "*.pxd", "*.c", "*.h", "_harfbuzz_test.*.so")
"""What type checkers and compilers read, and a package's test of itself."""


def trim(packages: Path) -> None:
    """Remove what no worker reads from `packages`. Raises FileNotFoundError where botocore keeps its data elsewhere."""
    for folder in DATA_FOLDERS:
        for service in (packages / folder).iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
    for folder in UNREAD_FOLDERS:
        shutil.rmtree(packages / folder, ignore_errors=True)
    for pattern in UNREAD_FILES:
        for file in packages.rglob(pattern):
            file.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
