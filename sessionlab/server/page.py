"""The start page, for the person who runs the server: a single document without external resources or private keys."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from sessionlab.core import deployments
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.lab.layout import DEMO_CONTRACTS, TOKENS
from sessionlab.server.snippets import python, viem

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

ASK = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>sessionlab: the key, please</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>{{style}}</style></head><body><main><div><h1>sessionlab</h1>
<p class="lead">This server asks for its API key. Its page is at the address with the key behind it.</p>
{{wrong}}
<form id="ask"><label for="key">Key</label><input id="key" type="password" autocomplete="off" required autofocus>
<button type="submit">Open</button></form></div></main>
<script>{{script}}</script></body></html>"""
ASK_SCRIPT = """document.getElementById("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign("/" + encodeURIComponent(document.getElementById("key").value));
});"""


def start(lab: Lab, live: str, url: str) -> str:
    """Return the page with the current state of its changing part."""
    values = {
        "style": _file("page.css"),
        "script": _file("page.js"),
        "url": escape(url),
        "open": " open" if "data-empty" in live else "",
        "viem": escape(viem(lab, url)),
        "python": escape(python(lab, url)),
        "addresses": "".join(_row(*row) for row in _addresses(lab)),
        "live": live,
    }
    return _filled(_file("page.html"), values)


def ask_for_key(*, is_wrong: bool = False) -> str:
    """Return the page for visitors without the API key. ``is_wrong``: they came with another."""
    wrong = '<p role="alert">✗ This is not the key of this server.</p>' if is_wrong else ""
    return _filled(ASK, {"style": _file("page.css"), "script": ASK_SCRIPT, "wrong": wrong})


def headers() -> dict[str, str]:
    """Return both pages' headers: no external resources, no other scripts, no referrer (a URL may contain the key)."""
    scripts = " ".join(f"'sha256-{_hash(script)}'" for script in (_file("page.js"), ASK_SCRIPT))
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {"content-security-policy": policy, "referrer-policy": "no-referrer", "cache-control": "no-store"}


def _addresses(lab: Lab) -> list[tuple[str, str, str]]:
    kinds = {name: f"ERC-20, {info.symbol}, {info.decimals} decimals" for name, info in TOKENS.items()}
    kinds |= {name: f"{contract} contract" for name, contract in DEMO_CONTRACTS.items()}
    return [
        ("EntryPoint", ENTRY_POINT, "ERC-4337 v0.7"),
        ("factory", deployments.FACTORY, "makes wallets"),
        *((name, address, kinds.get(name, "pays for operations")) for name, address in lab.addresses.items()),
        ("recipient", lab.recipient, "an account to send to"),
        ("merchant", lab.merchant, "another account to send to"),
        ("policyId", lab.policy_id, "the gas policy, without limits"),
    ]


def _row(name: str, address: str, what: str) -> str:
    copy = f"<button type='button' data-copy='{address}'>Copy<span class='hidden'> {name}</span></button>"
    return f"<tr><th scope='row'>{name}</th><td><code>{address}</code> {copy}</td><td>{escape(what)}</td></tr>"


def _filled(text: str, values: dict[str, str]) -> str:
    """Fill each placeholder once, from the left, so that a value is never scanned for placeholders."""
    parts = text.split("{{")
    result = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}}")
        result += [values[name], rest]
    return "".join(result)


@cache
def _file(name: str) -> str:
    return (files("sessionlab.server") / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(sha256(script.encode()).digest()).decode()
