"""The start page in a real browser: what it shows, that it refreshes, and that it stays what it was elsewhere."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

import sessionlab as sl
from tests.missing import missing
from tests.npm import UnavailableError
from tests.sdk.node import FOLDER as SDK
from tests.sdk.node import install

from .browsing import chromium
from .running import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REFRESHED = 10_000  # milliseconds


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [text for text in said if "ERR_CONNECTION_REFUSED" not in text and "401" not in text] == []


def _wallet(served: Served) -> sl.SmartWalletClient:
    owner = sl.SmartWalletClient(served.client, sl.new_key("owner"), names=served.lab.names, rules="documented")
    served.lab.fund(owner.address, sl.ether(10))
    return owner


def test_empty_it_says_what_to_do_first(fresh: Served, page: Page) -> None:
    page.goto(fresh.url)
    assert page.locator("#operations .empty").is_visible()
    assert page.locator("#sessions .empty").is_visible()
    for name in ("viem", "python"):
        assert page.locator(f"#{name}").is_visible()
        for fact in (fresh.url, fresh.lab.addresses["counter"], fresh.lab.policy_id):
            assert fact in (page.locator(f"#{name}").text_content() or "")
    from playwright.sync_api import expect

    copy = page.locator("[data-copy-from=python]")
    copy.click()
    expect(copy).not_to_have_text("Copy the Python")


def test_the_python_to_copy_runs(fresh: Served, page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    page.goto(fresh.url)
    exec(page.locator("#python").text_content() or "", {})
    assert "Done" in capsys.readouterr().out
    assert fresh.lab.read("Counter", fresh.lab.counter, "number") == 1


def test_the_typescript_to_copy_runs(fresh: Served, page: Page) -> None:
    try:
        command = [install(), "--input-type=module", "-e"]
    except UnavailableError as error:
        missing(error)
    page.goto(fresh.url)
    code = page.locator("#viem").text_content() or ""
    done = subprocess.run([*command, code], cwd=SDK, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split()[-1:] == ["success"], done.stderr
    assert fresh.lab.read("Counter", fresh.lab.counter, "number") == 1


def test_it_shows_a_session_and_a_refusal_as_they_happen(fresh: Served, page: Page) -> None:
    page.goto(fresh.url)
    lab, owner = fresh.lab, _wallet(fresh)
    session = owner.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key("session"))
    assert session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.6"))]).ok
    page.locator("#operations li.good").wait_for(timeout=REFRESHED)
    assert not session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.6"))]).ok
    page.locator("#operations li.bad").wait_for(timeout=REFRESHED)
    first, second = page.locator("#operations li").all_inner_texts()
    assert "Refused" in first and "only 0.4 ETH of its native-token-transfer allowance remains" in first
    assert "How to fix it" in first and "Send at most 0.4 ETH" in first
    assert "Done" in second and "0.6 ETH to recipient" in second
    bar = page.get_by_role("img", name="0.6 ETH of 1 ETH used, 0.4 ETH left")
    assert bar.is_visible()
    assert session.id[:10] in page.locator("#sessions").inner_text()
    assert owner.address in page.locator("#wallets").inner_text()
    assert "Refused" in (page.locator("#news").text_content() or "")


def test_a_session_that_is_over_is_said_to_be(fresh: Served, page: Page) -> None:
    lab, owner = fresh.lab, _wallet(fresh)
    grant = [sl.ContractAccess(address=lab.counter)]
    revoked = owner.grant_permissions(grant, key=sl.new_key("one"))
    assert revoked.send_calls([sl.Call(to=lab.counter, function="increment()")]).ok
    assert owner.revoke(revoked).ok
    owner.grant_permissions(grant, key=sl.new_key("two"), expiry_sec=lab.now + 10)
    owner.grant_permissions(grant, key=sl.new_key("three"))
    lab.travel(11)
    page.goto(fresh.url)
    told = page.locator("#sessions li").all_inner_texts()
    assert "○ signed by the owner" in told[0]
    assert "■ expired: the key does not work any more" in told[1]
    assert "■ revoked by the owner" in told[2]


def test_what_is_opened_stays_open_and_focus_stays(fresh: Served, page: Page) -> None:
    lab, owner = fresh.lab, _wallet(fresh)
    session = owner.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key("session"))
    assert not session.send_calls([sl.Call(to=lab.vault)]).ok
    page.goto(fresh.url)
    summary = page.locator("#operations summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#operations details[open]").count() == 1
    assert owner.send_calls([sl.Call(to=lab.recipient, value=1)]).ok
    page.locator("#operations li.good").wait_for(timeout=REFRESHED)
    assert page.locator("#operations details[open]").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert "AddressNotAllowed" in page.locator("#operations details[open]").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well_in_both_themes(used: Served, browser: Browser, scheme: Any) -> None:
    """Contrast of at least 4.5 for every text, and nothing wider than the window, on a phone too."""
    for width in (1280, 400):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()
        page.goto(used.url)
        page.locator("#connect").evaluate("element => (element.open = true)")
        page.locator("#operations details").first.evaluate("element => (element.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        low = page.evaluate(CONTRAST)
        assert low == [], low
        context.close()


#: Texts with too little contrast to what is behind them.
CONTRAST = """() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const line = (v) => v <= .04 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = (rgb) => rgb.slice(0, 3).map((v) => line(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > .9) return found;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const low = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
    if (node.closest(".hidden, .skip, script, style")) continue;
    const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) low.push(node.tagName + ": " + walker.currentNode.data.trim().slice(0, 60));
  }
  return low;
}"""


@pytest.fixture
def used(fresh: Served) -> Served:
    lab, owner = fresh.lab, _wallet(fresh)
    grant = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=3_000_000)]
    session = owner.grant_permissions(grant, key=sl.new_key("session"))
    assert session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.6"))]).ok
    assert not session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.6"))]).ok
    assert not session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.6"))], preflight=False).ok
    return fresh


def test_for_everybody(used: Served, page: Page) -> None:
    page.goto(used.url)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1
    assert page.locator("h2").all_inner_texts()[:1] == ["Connect"]
    levels = [int(tag[1]) for tag in page.eval_on_selector_all("h1,h2,h3", "found => found.map((e) => e.tagName)")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(name.strip() for name in page.eval_on_selector_all("button", "found => found.map((e) => e.textContent)"))
    names = page.eval_on_selector_all("button[data-copy]", "found => found.map((e) => e.textContent)")
    assert len(set(names)) == len(names)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator("#news").get_attribute("aria-live") == "polite"


def test_nothing_comes_from_elsewhere_and_no_key_is_there(used: Served, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(used.url)
    page.wait_for_timeout(2_500)
    assert asked and all(url.startswith((used.url, "data:")) for url in asked)
    for key in (sl.new_key("owner"), sl.new_key("session")):
        assert key.private.hex() not in page.content()
    assert not re.search(r"[0-9a-f]{130}", page.content())


def test_it_says_when_the_server_is_gone_and_when_it_is_back(fresh: Served, page: Page) -> None:
    page.goto(fresh.url)
    page.route("**/live", lambda route: route.abort("connectionrefused"))
    page.locator("#offline").wait_for(state="visible", timeout=REFRESHED)
    page.unroute("**/live")
    page.locator("#offline").wait_for(state="hidden", timeout=REFRESHED)


def test_hostile_text_stays_text(fresh: Served, page: Page) -> None:
    evil = "<img src=x onerror=alert(1)>"
    for params in (
        [{"from": evil * 2, "calls": [{"to": evil}], "chainId": evil}],
        [{"chainId": "0x539", "account": evil}],
    ):
        fresh.client.answer({"id": 1, "method": "wallet_prepareCalls", "params": params})
        fresh.client.answer({"id": 1, "method": "wallet_createSession", "params": params})
    page.goto(fresh.url)
    assert page.locator("#live img").count() == page.locator("#live [role=img]").count() == 0
    assert page.locator("#operations li").count() == 4


def test_with_a_key_the_page_asks_for_it(with_key: Served, page: Page) -> None:
    page.goto(with_key.url)
    page.get_by_label("Key").fill("open-sesame-1")
    page.get_by_role("button", name="Open").click()
    page.locator("#operations").wait_for()
    assert page.url == with_key.url + "/open-sesame-1"
    with_key.client.url += "/open-sesame-1"
    _wallet(with_key).send_calls([sl.Call(to=with_key.lab.recipient, value=1)])
    page.locator("#operations li").wait_for(timeout=REFRESHED)
    assert with_key.url + "/open-sesame-1" in (page.locator("#viem").text_content() or "")


class TestFromAnotherOrigin:
    """An application's page, on a port of its own, speaks to the lab with the headers of the SDK."""

    @pytest.fixture
    def elsewhere(self) -> Iterator[str]:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>an application</title>")

            def log_message(self, *_: Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        server.server_close()

    ASK = """async ([url, body, headers]) => {
      const answer = await fetch(url, { method: "POST", body, headers });
      return [answer.status, await answer.json()];
    }"""
    SDK: ClassVar = {"content-type": "application/json", "alchemy-aa-sdk-version": "5.1.0"}

    def test_results_and_errors(self, served: Served, page: Page, elsewhere: str) -> None:
        page.goto(elsewhere)
        for method, outcome in (("eth_chainId", "result"), ("eth_nothing", "error")):
            body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": method})
            status, found = page.evaluate(self.ASK, [served.url, body, self.SDK])
            assert status == 200 and outcome in found

    def test_with_a_key_and_without(self, with_key: Served, page: Page, elsewhere: str) -> None:
        page.goto(elsewhere)
        body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "eth_chainId"})
        token = {"authorization": "Bearer open-sesame-1"}
        assert page.evaluate(self.ASK, [with_key.url, body, {**self.SDK, **token}])[0] == 200
        status, found = page.evaluate(self.ASK, [with_key.url, body, self.SDK])
        assert status == 401 and found["error"]["code"] == 4100
