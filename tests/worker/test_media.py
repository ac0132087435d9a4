import io
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.response import StreamingBody
from moto import mock_aws

from jobs.spec import Material
from tests.jobs.tables import REGION
from tests.worker.strict_sqs import refused
from tests.worker.world import BUCKET, media_store
from worker.errors import LeaseLostError, PermanentError, TransientError
from worker.media import Limits, MediaStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MIB = 1024 * 1024


def named(*sources: str) -> list[Material]:
    """Each source as a clip's, in their order."""
    return [Material(f"spec.clips[{index}].source", source, "video") for index, source in enumerate(sources)]


class Site(ThreadingHTTPServer):
    """A web server of a sender's, with good and bad pages."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.server_port}"


ETAGS = {"strong": '"v1"', "weak": 'W/"v1"'}


class Page(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        name = self.path.strip("/")
        self.send_response(int(name) if name.isdecimal() else 200)
        if name in ETAGS:
            self.send_header("ETag", ETAGS[name])
        self.end_headers()

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name.isdecimal():
            self.send_response(int(name))
            self.send_header("Location", "http://169.254.170.2/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        if name in {"whole", "cut"}:
            self.send_header("Content-Length", "1000")
        if name in ETAGS:
            self.send_header("ETag", ETAGS[name])
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b"x" * (100 if name == "cut" else 1000))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.put_object(Bucket=BUCKET, Key="sources/a.mp4", Body=b"a" * 3 * MIB)
        client.put_object(Bucket=BUCKET, Key="sources/b.mp4", Body=b"b")
        client.put_object(Bucket=BUCKET, Key="sources/empty.mp4", Body=b"")
        yield client


@pytest.fixture
def media(s3: "S3Client", site: Site) -> MediaStore:
    return media_store(s3, frozenset({site.target}))


def nothing() -> None:
    pass


def download(media: MediaStore, folder: Path, *sources: str) -> dict[str, bytes]:
    paths = media.download(named(*sources), folder, nothing)
    return {source: path.read_bytes() for source, path in paths.items()}


def test_a_source_that_is_missing_names_its_clip_its_object_and_a_remedy(media: MediaStore, tmp_path: Path):
    with pytest.raises(PermanentError) as caught:
        download(media, tmp_path, "sources/b.mp4", "sources/none.mp4")
    problem = caught.value.problem
    assert problem.field == "spec.clips[1].source"
    assert "s3://own/sources/none.mp4 does not exist" in problem.message
    assert "upload" in problem.remedy


def test_all_sources_that_are_missing_are_told_at_once_and_nothing_more_is_brought(
    media: MediaStore, tmp_path: Path, site: Site
):
    sources = (
        "sources/none.mp4",
        "sources/a.mp4",
        f"http://{site.target}/404",
        f"http://{site.target}/503",
        "sources/no",
    )
    with pytest.raises(PermanentError) as caught:
        download(media, tmp_path, *sources)
    assert [problem.field for problem in caught.value.problems] == [
        f"spec.clips[{index}].source" for index in (0, 2, 4)
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_may_not_be_read_is_permanent(media: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(media, "_s3", Failing(refused("AccessDenied", status=403)))
    with pytest.raises(PermanentError, match="may not be read"):
        download(media, tmp_path, "sources/b.mp4")


class Failing:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_object(self, **_: Any) -> None:
        raise self.error


def test_an_object_that_is_cut_off_is_transient(media: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Cut:
        @staticmethod
        def get_object(**_: Any) -> dict[str, Any]:
            return {"ContentLength": 10, "Body": StreamingBody(io.BytesIO(b"abc"), 10)}

    monkeypatch.setattr(media, "_s3", Cut())
    with pytest.raises(TransientError, match=r"spec\.clips\[0\]\.source.*cut off"):
        download(media, tmp_path, "sources/b.mp4")


def test_an_empty_source_is_permanent(media: MediaStore, tmp_path: Path):
    with pytest.raises(PermanentError, match="empty"):
        download(media, tmp_path, "sources/empty.mp4")


def test_a_source_beyond_the_limits_is_refused_and_so_are_too_many_bytes_in_all(
    media: MediaStore, tmp_path: Path, site: Site
):
    media._limits = Limits(source_bytes=2 * MIB, spare_bytes=0)
    with pytest.raises(PermanentError, match=r"clips\[0\].*larger than the 2 MiB"):
        download(media, tmp_path, "sources/a.mp4")
    media._limits = Limits(job_bytes=1100, spare_bytes=0)
    with pytest.raises(PermanentError, match=r"clips\[1\].*larger"):
        download(media, tmp_path, f"http://{site.target}/whole", f"http://{site.target}/unbounded")


def test_a_disk_without_room_is_transient(media: MediaStore, tmp_path: Path):
    media._limits = Limits(spare_bytes=10**18)
    with pytest.raises(TransientError, match="no room"):
        download(media, tmp_path, "sources/b.mp4")


def test_a_stop_between_chunks_ends_the_download(media: MediaStore, tmp_path: Path):
    def lost() -> None:
        raise LeaseLostError("gone")

    with pytest.raises(LeaseLostError):
        media.download(named("sources/a.mp4"), tmp_path, lost)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_refused_and_not_followed(media: MediaStore, tmp_path: Path, site: Site, status: int):
    with pytest.raises(PermanentError, match="redirect"):
        download(media, tmp_path, f"http://{site.target}/{status}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_web_source_that_is_not_to_be_had_is_permanent(media: MediaStore, tmp_path: Path, site: Site, status: int):
    with pytest.raises(PermanentError, match=str(status)):
        download(media, tmp_path, f"http://{site.target}/{status}")


@pytest.mark.parametrize("page", ["408", "429", "500", "503", "cut"])
def test_a_web_server_in_trouble_is_transient(media: MediaStore, tmp_path: Path, site: Site, page: str):
    with pytest.raises(TransientError, match=r"spec\.clips\[0\]\.source"):
        download(media, tmp_path, f"http://{site.target}/{page}")


def test_a_web_server_that_is_not_there_is_transient(s3: "S3Client", tmp_path: Path):
    target = "127.0.0.1:1"
    with pytest.raises(TransientError):
        download(media_store(s3, frozenset({target})), tmp_path, f"http://{target}/a")


def test_all_forbidden_sources_are_named_before_anything_is_brought(media: MediaStore):
    problems = media.problems(named("sources/b.mp4", "s3://x/y", "http://example.com/a", "https://192.168.0.1/"))
    assert [problem.field for problem in problems] == [f"spec.clips[{index}].source" for index in (1, 2, 3)]
    assert all(problem.remedy for problem in problems)


def test_every_distinct_source_is_brought_once(media: MediaStore, tmp_path: Path, site: Site):
    web = f"http://{site.target}/whole"
    contents = download(media, tmp_path, "sources/b.mp4", web, "s3://own/sources/a.mp4", "sources/b.mp4")
    assert contents == {"sources/b.mp4": b"b", web: b"x" * 1000, "s3://own/sources/a.mp4": b"a" * 3 * MIB}
    assert len(list(tmp_path.iterdir())) == 3


def test_a_source_has_a_version_where_its_server_says_so_strongly(media: MediaStore, s3: "S3Client", site: Site):
    strong = f"http://{site.target}/strong"
    stored = s3.head_object(Bucket=BUCKET, Key="sources/b.mp4")["ETag"]
    assert media.etags(["sources/b.mp4", strong], nothing) == {"sources/b.mp4": stored, strong: '"v1"'}


@pytest.mark.parametrize("page", ["weak", "whole", "403"])
def test_one_source_without_a_strong_version_is_enough_for_none(media: MediaStore, site: Site, page: str):
    assert media.etags(["sources/b.mp4", f"http://{site.target}/{page}"], nothing) is None
    assert media.etags(["sources/none.mp4"], nothing) is None


@pytest.mark.parametrize("page", ["sources/b.mp4", "strong"])
def test_a_source_that_was_replaced_since_its_version_was_asked_is_not_taken_for_it(
    media: MediaStore, tmp_path: Path, site: Site, page: str
):
    source = f"http://{site.target}/strong" if page == "strong" else page
    etags = media.etags([source], nothing)
    assert etags is not None
    assert media.download(named(source), tmp_path, nothing, etags)
    with pytest.raises(TransientError, match="replaced"):
        media.download(named(source), tmp_path, nothing, {source: '"v0"'})


def test_a_copy_has_the_same_bytes_and_type_and_what_is_gone_cannot_be_copied(media: MediaStore, s3: "S3Client"):
    s3.put_object(Bucket=BUCKET, Key="renders/a/1/video.mp4", Body=b"film", ContentType="video/mp4")
    assert media.copy("renders/a/1/video.mp4", "renders/b/1/video.mp4")
    copied = s3.get_object(Bucket=BUCKET, Key="renders/b/1/video.mp4")
    assert (copied["Body"].read(), copied["ContentType"]) == (b"film", "video/mp4")
    assert not media.copy("renders/gone/1/video.mp4", "renders/c/1/video.mp4")


def test_an_upload_that_is_stopped_leaves_neither_object_nor_parts(media: MediaStore, tmp_path: Path, s3: "S3Client"):
    video = tmp_path / "video.mp4"
    video.write_bytes(b"v" * 40 * MIB)
    calls: list[int] = []

    def lose_the_lease_in_the_second_part() -> None:
        calls.append(1)
        if len(calls) > 1:
            raise LeaseLostError("gone")

    with pytest.raises(LeaseLostError):
        media.upload(video, "renders/x/1/video.mp4", "video/mp4", lose_the_lease_in_the_second_part)
    assert s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="renders/x/").get("Contents", []) == []


def test_an_upload_that_fails_is_transient(media: MediaStore, tmp_path: Path):
    video = tmp_path / "video.mp4"
    video.write_bytes(b"v")
    media._bucket = "no-such-bucket"
    with pytest.raises(TransientError):
        media.upload(video, "renders/x/1/video.mp4", "video/mp4", nothing)


@pytest.mark.parametrize("size_mib", [1, 20])
def test_a_result_arrives_whole_with_its_type(media: MediaStore, tmp_path: Path, s3: "S3Client", size_mib: int):
    video = tmp_path / "video.mp4"
    video.write_bytes(bytes(range(256)) * 4096 * size_mib)
    media.upload(video, "renders/y/1/video.mp4", "video/mp4", nothing)
    stored = s3.get_object(Bucket=BUCKET, Key="renders/y/1/video.mp4")
    assert stored["ContentType"] == "video/mp4"
    assert stored["Body"].read() == video.read_bytes()
