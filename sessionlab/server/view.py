"""The changing part of the start page as HTML: the chain's state, operations, sessions, wallets.

Each item has a ``data-key``, so that the page's script replaces only what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_ether, format_time, short_address
from sessionlab.core.client.session_reader import SessionReader
from sessionlab.core.lab.layout import TOKENS
from sessionlab.core.wallet_api.sessions import read_state
from sessionlab.server.operation_log import DONE, LoggedOperation, OperationLog
from sessionlab.study.allowances import read_allowances
from sessionlab.study.pictures.session_card import SessionCard, remark_on, state_of

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.records import Account, SessionRecord
    from sessionlab.study.facade import Lab

OPERATIONS, SESSIONS, WALLETS = 20, 12, 12
MARKS = {"done": "✓ Done", "failed": "✗ Failed", "refused": "✗ Refused"}


def view(lab: Lab, operation_log: OperationLog) -> str:
    """Render everything that changes, as the four elements that the page has placeholders for."""
    operations = operation_log.newest(OPERATIONS)
    records = lab.api.records
    accounts = records.accounts()
    sessions = [session for account in accounts for session in records.sessions(account.address)]
    return "\n".join(
        (
            _rest_of_session(lab, operation_log),
            _operations(operations),
            _sessions(lab, sessions),
            _wallets(lab, accounts),
        )
    )


def _rest_of_session(lab: Lab, operation_log: OperationLog) -> str:
    facts = (
        ("rules", lab.rules.title),
        ("chain id", str(lab.chain.chain_id)),
        ("seed", str(lab.seed)),
        ("block", f"{lab.chain.height:,}"),
        ("time on the chain", f"<span class='nobreak' title='{lab.now}'>{format_time(lab.now)}</span>"),
        ("clock", "runs with the wall clock" if lab.chain.runs else "moves with each block"),
        ("requests", f"{operation_log.requests:,}"),
    )
    return "<dl id='standing'>" + "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in facts) + "</dl>"


def _operations(operations: Sequence[LoggedOperation]) -> str:
    if not operations:
        said = (
            "<p class='empty'>None yet. Copy one of the snippets under <a href='#connect'>Connect</a>: "
            "it makes a wallet, grants a session and sends its first operation.</p>"
        )
        return _section("operations", "Operations", said, empty=True)
    return _section("operations", "Operations", _list("ol", map(_operation, operations)), more="newest first")


def _operation(operation: LoggedOperation) -> str:
    mark = MARKS[operation.decision.kind]
    what = "; ".join(operation.calls) or ("a new session" if operation.method == "wallet_createSession" else "no call")
    facts = [
        f"session <code>{escape(operation.session[:10])}…</code>" if operation.session else "the owner",
        f"wallet {_short(operation.wallet)}" if operation.wallet else "",
        f"{operation.gas:,} gas" if operation.gas is not None else "nobody paid",
        f"<time>{format_time(operation.time)[11:19]}</time>",
        f"<code>{escape(operation.method)}</code>",
    ]
    parts = [
        f"<p class='head'><strong class='mark'>{mark}</strong> {escape(what)}</p>",
        f"<p class='facts'>{' · '.join(filter(None, facts))}</p>",
    ]
    if operation.sentence:
        parts.append(f"<p class='why'>{escape(operation.sentence)}</p>")
    if operation.fix:
        parts.append(f"<p class='fix'><span>How to fix it</span> {escape(_plain_fix(operation.fix))}</p>")
    if operation.denial:
        reason = escape(operation.denial.shown_code)
        parts.append(f"<details><summary>Rule and raw reasons: {reason}</summary>{operation.denial._card()}</details>")
    kind = "good" if operation.decision.kind == DONE else "bad"
    return f"<li data-key='operation-{operation.number}' class='{kind}'>{''.join(parts)}</li>"


def _plain_fix(fix: str) -> str:
    return fix.removeprefix("Next step: ")


def _sessions(lab: Lab, sessions: Sequence[SessionRecord]) -> str:
    if not sessions:
        said = "<p class='empty'>None yet. An owner grants one with <code>wallet_createSession</code>.</p>"
        return _section("sessions", "Sessions", said)
    newest = list(reversed(sessions))[:SESSIONS]
    body = _list("ul", (_session(lab, session) for session in newest))
    return _section("sessions", "Sessions", body + _rest(len(sessions), SESSIONS), more="newest first")


def _session(lab: Lab, record: SessionRecord) -> str:
    state = read_state(lab.api, record.account, record.entity_id, record.key)
    reader = SessionReader(
        lab.api.handle,
        wallet=record.account,
        entity_id=record.entity_id,
        key=record.key,
        permissions=record.permissions,
        names=lab.names,
        rules=lab.rules,
    )
    revoked = not state.installed and state.generation > record.generation
    may, allowances = lab.names.permission, read_allowances(reader)
    card = SessionCard(
        id=record.id,
        wallet=record.account,
        key=record.key,
        state=state_of(record.expiry, lab.now, allowances, installed=state.installed, revoked=revoked),
        expiry_sec=record.expiry or None,
        now=lab.now,
        permissions=tuple(may(permission).removeprefix("may ") for permission in record.permissions),
        allowances=allowances,
        refusals=(),
        rules=lab.rules.title,
        remark=remark_on(record.expiry, lab.now, installed=state.installed),
    )
    return f"<li data-key='session-{record.id}'>{card._repr_html_()}</li>"


def _wallets(lab: Lab, accounts: Sequence[Account]) -> str:
    tokens = [(name, info.symbol) for name, info in TOKENS.items()]
    newest = list(reversed(accounts))[:WALLETS]
    units = ("ETH", *(symbol for _, symbol in tokens))
    head = "".join(
        (
            *(f"<th scope='col'>{title}</th>" for title in ("wallet", "owner")),
            *(f"<th scope='col' class='number'>{unit}</th>" for unit in units),
            "<th scope='col'>on chain</th>",
        )
    )
    rows = "".join(_wallet(lab, account, [name for name, _ in tokens]) for account in newest)
    table = f"<div class='scroll' tabindex='0'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    return _section("wallets", "Wallets", table + _rest(len(accounts), WALLETS))


def _wallet(lab: Lab, account: Account, tokens: Iterable[str]) -> str:
    ether = format_ether(lab.balance(account.address)).removesuffix(" ETH")
    amounts = []
    for name in tokens:
        held = lab.names.amount(lab.token_balance(name, account.address), lab.addresses[name])
        amounts.append(held.rpartition(" ")[0])
    numbers = "".join(f"<td class='number'>{escape(text)}</td>" for text in (ether, *amounts))
    deployed = "deployed" if lab.chain.code(account.address) else "not yet"
    return (
        f"<tr data-key='wallet-{account.address}'><th scope='row'>{_address(account.address)}</th>"
        f"<td>{_short(account.owner)}</td>{numbers}<td>{deployed}</td></tr>"
    )


def _rest(count: int, shown: int) -> str:
    return f"<p class='more'>and {count - shown} older</p>" if count > shown else ""


def _section(name: str, title: str, body: str, *, more: str = "", empty: bool = False) -> str:
    aside = f" <small>{more}</small>" if more else ""
    mark = " data-empty" if empty else ""
    head = f"<h2 id='{name}-title'>{title}{aside}</h2>"
    return f"<section id='{name}' aria-labelledby='{name}-title'{mark}>{head}{body}</section>"


def _list(tag: str, items: Iterable[str]) -> str:
    return f"<{tag} class='items' role='list'>{''.join(items)}</{tag}>"


def _short(address: str) -> str:
    return f"<code title='{escape(address)}'>{escape(short_address(address))}</code>"


def _address(address: str) -> str:
    return f"<code>{escape(address)}</code>"
