"""Who may ask a server: loopback names, pages of this machine, JSON; and what the command lets in besides."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.cli import parser
from sessionlab.cli.serve import API_KEY, check
from sessionlab.server.visitors import Visitors, is_json, read_origins

from .running import Served, serving

BODY = '{"id":1,"method":"eth_chainId"}'
TAKEN = ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/a+json"]
NOT_TAKEN = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "text/json"]
NO_ORIGINS = ["app.example", "https://", "https://app.example/", "https://app.example/a", "ftp", "://a"]
HERE = ["localhost", "localhost:8545", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:9", "127.8.9.1", "[::1]", "[::1]:8545"]
ELSEWHERE = [
    "",
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example:8545",
    "0.0.0.0",
    "192.168.1.5:8545",
    "[::2]",
    "localhost@evil.example",
    "evil.example#localhost",
    "[",
    "localhost:port",
]


@pytest.mark.parametrize("host", HERE[:-1])
def test_loopback_names_are_answered(served: Served, host: str) -> None:
    assert served.client.post(BODY, host=host).json()["result"] == "0x539"


@pytest.mark.parametrize("host", ELSEWHERE[1:7])
def test_other_names_are_not(served: Served, host: str) -> None:
    """A name that a page's owner points at 127.0.0.1: DNS rebinding."""
    response = served.client.post(BODY, host=host)
    assert response.status_code == 403
    assert "only to loopback names" in response.json()["error"]["message"]
    assert "--host" in response.json()["error"]["message"]
    assert served.client.http.get(served.url, headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", HERE)
def test_names_are_read(host: str) -> None:
    assert Visitors().refused({"host": host}) is None
    assert Visitors().refused({"host": host, "origin": f"http://{host}"}) is None


@pytest.mark.parametrize("host", ELSEWHERE[:-1])
def test_names_that_only_look_alike_are_refused(host: str) -> None:
    assert Visitors().refused({"host": host}) is not None
    assert Visitors().refused({"host": "localhost", "origin": f"https://{host}"}) is not None
    assert Visitors(any_host=True).refused({"host": host}) is None


@pytest.mark.parametrize("origin", ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:3000"])
def test_pages_of_this_machine_may_ask(served: Served, origin: str) -> None:
    response = served.client.post(BODY, origin=origin)
    assert response.json()["result"] == "0x539"
    assert response.headers["access-control-allow-origin"] == origin
    assert response.headers["vary"] == "origin"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "chrome-extension://a"]
)
def test_other_pages_may_not_even_by_a_preflight(served: Served, origin: str) -> None:
    before = served.lab.chain.height
    response = served.client.post('{"id":1,"method":"evm_mine"}', origin=origin)
    assert response.status_code == 403 and "--cors" in response.json()["error"]["message"]
    assert "access-control-allow-origin" not in response.headers
    assert served.client.http.options(served.url, headers={"origin": origin}).status_code == 403
    assert served.lab.chain.height == before


@pytest.mark.parametrize("cors", [("https://app.example",), ("*",)])
def test_cors_lets_pages_in(cors: tuple[str, ...]) -> None:
    with serving(sl.Lab(), visitors=Visitors(cors)) as served:
        response = served.client.post(BODY, origin="https://app.example")
        assert response.headers["access-control-allow-origin"] in ("*", "https://app.example")
        assert served.client.post(BODY, origin="https://other.example").status_code == (200 if "*" in cors else 403)
        assert served.client.post(BODY, host="evil.example").status_code == 403


@pytest.mark.parametrize("kind", TAKEN)
def test_json_is_taken(served: Served, kind: str) -> None:
    assert is_json(kind)
    assert served.client.post(BODY, **{"content-type": kind}).json()["result"] == "0x539"


@pytest.mark.parametrize("kind", NOT_TAKEN)
def test_what_a_page_may_send_without_asking_is_not(served: Served, kind: str) -> None:
    response = served.client.post(BODY, **{"content-type": kind})
    assert response.status_code == 415
    assert "application/json" in response.json()["error"]["message"]


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_an_origin_is_checked(origin: str) -> None:
    with pytest.raises(sl.InvalidInput, match="not an origin"):
        read_origins([origin])


def options(*arguments: str) -> Any:
    found = parser().parse_args(["serve", *arguments])
    check(found)
    return found


class TestTheKey:
    def test_from_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "key"
        file.write_text("open-sesame-1\nmore\n")
        assert options("--api-key-file", str(file)).api_key == "open-sesame-1"

    def test_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(API_KEY, "open-sesame-2")
        assert options().api_key == "open-sesame-2"
        assert options("--api-key", "open-sesame-3").api_key == "open-sesame-3"

    def test_a_wrong_one_is_named_by_where_it_is_and_not_shown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "key"
        file.write_text("sesame!\n")
        with pytest.raises(sl.InvalidInput) as error:
            options("--api-key-file", str(file))
        assert error.value.field == "--api-key-file" and "sesame" not in repr(vars(error.value))
        monkeypatch.setenv(API_KEY, "sesame!")
        with pytest.raises(sl.InvalidInput) as error:
            options()
        assert error.value.field == API_KEY and "sesame" not in repr(vars(error.value))

    def test_a_file_that_cannot_be_read_and_two_keys_are_told(self, tmp_path: Path) -> None:
        with pytest.raises(sl.InvalidInput, match="cannot be read"):
            options("--api-key-file", str(tmp_path / "none"))
        with pytest.raises(sl.InvalidInput, match="Two API keys"):
            options("--api-key", "open-sesame-1", "--api-key-file", os.devnull)


@pytest.mark.parametrize("option", ["--request-seconds", "--request-megabytes"])
def test_a_bound_is_a_number_and_0_is_none(option: str) -> None:
    assert getattr(options(option, "0"), option[2:].replace("-", "_")) == 0
    for wrong in ("-1", "nan", "inf"):
        with pytest.raises(sl.InvalidInput, match="not a bound"):
            options(f"{option}={wrong}")
