"""A canary that never sang would prove nothing."""

import http.client

from tests.worker.render.hostile.canary import Canary


def test_it_tells_who_opened_its_file_and_who_called(canary: Canary):
    assert canary.touches == []
    canary.file.read_bytes()
    calling = http.client.HTTPConnection(canary.url.removeprefix("http://"))
    calling.connect()
    calling.close()

    assert set(canary.touches) == {"opened", "read", "called"}
    assert canary.touches == []
