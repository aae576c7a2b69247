"""A client that wants a websocket is told in a sentence that there is none, and to use HTTP."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

import sessionlab as sl
from sessionlab.server.background import in_background

UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize("api_key", [None, "a-key-of-this-lab"])
def test_an_upgrade_is_answered_with_426(api_key: str | None) -> None:
    with in_background(sl.Lab(), api_key=api_key) as url:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=10)
        connection.request("GET", "/", headers=UPGRADE)
        response = connection.getresponse()
        assert response.status == 426
        assert response.getheader("upgrade") == "HTTP/1.1"
        assert b"http://" in response.read()
        connection.close()
