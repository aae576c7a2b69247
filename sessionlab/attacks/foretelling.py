"""The audit of a session of the attack lab, read from its chain before the attack takes anything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sessionlab.attacks.attack_lab import NOW, SESSION, WALLET, AttackLab
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.base.keys import Key
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions import Permission, rows


def foretell(lab: AttackLab, granted: Sequence[Permission], key: Key = SESSION, entity: int = 1) -> None:
    """Audit an installed session of the wallet as ``session.audit()`` would, and keep the result for the judgement.

    Keeps nothing if the rules refuse the grant: there is no session to audit.
    """
    from sessionlab.node.methods import handle
    from sessionlab.study.audit import A_THIEF, audit
    from sessionlab.study.audit.key_reader import KeyReader
    from sessionlab.study.audit.key_wallets import issued_for, read_sessions
    from sessionlab.study.audit.wallet_reader import read_holdings, with_key

    def request(method: str, params: Any) -> Any:
        return handle(lab.chain, method, params)

    reader = KeyReader(request, WALLET, key.address)
    sessions = read_sessions(reader, entity)
    state = read_holdings(request, WALLET, AddressBook(), rows(granted), A_THIEF, sessions, reader.entities())
    state = with_key(state, reader, issued_for(request, key.address))
    state = replace(state, now=NOW, installed=True, before=sessions[0], others=sessions[1])
    with suppress(GrantRefused):
        lab.foretold = audit(granted, state, lab.rules)
