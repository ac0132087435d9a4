"""What is taken from the image's packages is what no worker reads."""

from pathlib import Path

import pytest

from image.trim import SERVICES, trim

READ = (
    "botocore/data/endpoints.json",
    "botocore/data/partitions.json",
    "botocore/data/sdk-default-configuration.json",
    "botocore/data/_retry.json",
    *(f"botocore/data/{service}/2012-11-05/service-2.json.gz" for service in sorted(SERVICES)),
    "boto3/data/s3/2006-03-01/resources-1.json",
    "boto3/session.py",
    "fontpkg-9.0.dist-info/entry_points.txt",
)
UNREAD = (
    "botocore/data/ec2/2016-11-15/service-2.json.gz",
    "boto3/data/ec2/2016-11-15/resources-1.json",
    "boto3/examples/s3.rst",
    "bin/budoux",
    "share/man/man1/budoux.1",
    "uniseg/docs/html/_static/fonts/Lato/lato-bold.ttf",
    "uharfbuzz/_harfbuzz.pyx",
    "uharfbuzz/_harfbuzz_test.abi3.so",
    "pydantic_core/_pydantic_core.pyi",
)


def test_what_a_worker_reads_stays_and_the_rest_goes(tmp_path: Path):
    for name in READ + UNREAD:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    trim(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(READ)


def test_packages_that_keep_their_data_elsewhere_stop_the_build(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        trim(tmp_path)
