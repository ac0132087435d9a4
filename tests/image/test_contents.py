"""What is in the image, seen from inside: Python, FFmpeg, what these load, and nothing that one could work with."""

import json
from pathlib import Path

import pytest

from image import base
from image.podman import REPOSITORY, Podman
from tests.image.built import WORKER as TAG
from tests.image.name_server import ADDRESS, NAME, name_server

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

WINDOWS_OR_MAC = {"_overlapped", "_scproxy", "_winapi", "msvcrt", "nt", "winreg"}
HANDLED = {"pydoc_data", "readline"}
"""Modules which those of the standard library that name them do without, or load for help at a prompt alone."""


def told(podman: Podman, check: str, *options: str) -> str:
    """What a script prints that Python runs in a container of the image."""
    return podman.run("run", "--rm", "--no-healthcheck", *options, TAG, "python", "-c", check)


def test_python_and_ffmpeg_are_the_only_programs_and_nothing_lends_roots_rights(podman: Podman):
    check = """
import os, re
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys", "/dev", "/run")]
    for path in (os.path.join(folder, name) for name in files):
        mode = os.lstat(path).st_mode
        if os.path.islink(path) or not mode & 0o6111:
            continue
        if mode & 0o6000 or (open(path, "rb").read(4) == b"\\x7fELF" and not re.search(r"[.]so([.]|$)", path)):
            print(path)
"""
    python, ffmpeg = sorted(told(podman, check, "--user=0").split(), key=len)
    assert python == "/usr/bin/python3.11"
    assert Path(ffmpeg).match("imageio_ffmpeg/binaries/ffmpeg-linux-*")


def test_every_module_of_the_standard_library_that_anything_names_is_there(podman: Podman):
    check = """
import ast, importlib.util, json, pathlib, sys
missing = {}
for place in ("/app", "/usr/local/lib/python3.11/dist-packages", "/usr/lib/python3.11"):
    names = missing[place] = set()
    for source in pathlib.Path(place).rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module.partition(".")[0])
    names &= sys.stdlib_module_names
    missing[place] = sorted(name for name in names if importlib.util.find_spec(name) is None)
print(json.dumps(list(missing.values())))
"""
    ours, packages, library = json.loads(told(podman, check))
    assert (ours, packages) == ([], [])
    assert set(library) <= WINDOWS_OR_MAC | HANDLED


def test_every_module_can_be_imported_but_what_wants_a_package_that_no_worker_has(podman: Podman):
    check = """
import contextlib, importlib, io, json, pathlib, sys, warnings
warnings.simplefilter("ignore")
failed, imported = [], 0
for place in ("/app", "/usr/local/lib/python3.11/dist-packages"):
    for source in sorted(pathlib.Path(place).rglob("*.py")):
        *folders, name = source.relative_to(place).with_suffix("").parts
        if name == "__main__":
            continue
        module = ".".join(folders + [name] * (name != "__init__"))
        imported += 1
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                importlib.import_module(module)
        except Exception as error:
            wanted = (getattr(error, "name", None) or "").partition(".")[0]
            # A library that is not there leaves no name but its module's.
            broken = wanted in sys.stdlib_module_names or "shared object" in str(error)
            if place == "/app" or broken:
                failed.append(f"{module}: {error}")
print(json.dumps([imported, failed]))
"""
    imported, failed = json.loads(told(podman, check))
    assert failed == []
    assert imported > 500, "the worker, the jobs, and all packages"


def test_names_are_asked_of_dns(podman: Podman, tmp_path: Path):
    server = "127.53.53.53"
    (tmp_path / "resolv.conf").write_text(f"nameserver {server}\n")
    check = f"import socket; print(socket.getaddrinfo({NAME!r}, 443, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])"
    with name_server(server):
        assert told(podman, check, f"--volume={tmp_path}/resolv.conf:/etc/resolv.conf:ro") == ADDRESS


def test_the_certificates_of_authorities_are_found_and_text_is_utf_8(podman: Podman):
    check = """
import locale, ssl, sys
print(len(ssl.create_default_context().get_ca_certs()), sys.getfilesystemencoding(), locale.setlocale(locale.LC_CTYPE))
"""
    authorities, *encodings = told(podman, check).split()
    assert int(authorities) > 100
    assert encodings == ["utf-8", "C.UTF-8"]


def test_a_scanner_finds_the_packages_that_brought_the_files_and_no_others(podman: Podman):
    check = """
import json, pathlib, platform
dpkg = pathlib.Path("/var/lib/dpkg")
listed = [path for file in dpkg.glob("info/*.list") for path in file.read_text().splitlines()]
brought = [str(path) for place in ("/usr/bin", "/usr/lib") for path in pathlib.Path(place).rglob("*")]
names = [line.partition(": ")[2] for line in (dpkg / "status").open() if line.startswith("Package: ")]
print(json.dumps({
    "system": [platform.freedesktop_os_release()[key] for key in ("ID", "VERSION_ID")],
    "names": [name.strip() for name in names],
    "gone": [path for path in listed if not pathlib.Path(path).exists()],
    "unlisted": [
        path for path in brought if "/__pycache__" not in path and pathlib.Path(path).is_file() and path not in listed
    ],
}))
"""
    found = json.loads(told(podman, check))
    assert found["system"] == ["debian", "12"]
    assert {"libc6", "libssl3", "zlib1g", "libpython3.11-stdlib", "python3.11-minimal"} <= set(found["names"])
    assert {"bash", "dash", "apt", "perl-base", "coreutils"}.isdisjoint(found["names"])
    assert (found["gone"], found["unlisted"]) == ([], [])


def test_every_module_is_compiled_and_no_source_is_looked_at_for_it(podman: Podman):
    check = """
import importlib.util, pathlib, sys
for place in ("/app", "/usr/local/lib/python3.11/dist-packages", "/usr/lib/python3.11"):
    for source in pathlib.Path(place).rglob("*.py"):
        code = pathlib.Path(importlib.util.cache_from_source(str(source)))
        if not code.is_file() or code.read_bytes()[4] != 1:
            print(source)
"""
    assert told(podman, check) == ""


def test_every_service_is_found_in_every_partition_of_aws(podman: Podman):
    check = """
import boto3, json
services = ("dynamodb", "s3", "secretsmanager", "sqs", "sts")
regions = ("eu-west-1", "cn-north-1", "us-gov-west-1")
keys = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}
print(json.dumps([[boto3.client(s, region_name=r, **keys).meta.endpoint_url for s in services] for r in regions]))
"""
    own, chinese, governmental = json.loads(told(podman, check))
    assert all(url.endswith(".eu-west-1.amazonaws.com") for url in own)
    assert all(url.endswith(".cn-north-1.amazonaws.com.cn") for url in chinese)
    assert all(url.endswith(".us-gov-west-1.amazonaws.com") for url in governmental)


def test_the_image_says_what_it_is_and_runs_as_the_worker_by_itself(podman: Podman):
    [image] = json.loads(podman.run("image", "inspect", TAG))
    config = image["Config"]
    assert (config["User"], config["Cmd"]) == ("10001:10001", ["python", "-m", "worker"])
    assert config["Volumes"] == {"/scratch": {}}
    assert image["Labels"]["org.opencontainers.image.base.name"] == base.base_image(
        (REPOSITORY / "Dockerfile").read_text()
    )
    assert image["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert image["Healthcheck"]["Test"] == ["CMD", "python", "-m", "worker.health"]
