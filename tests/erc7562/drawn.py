"""Random validation programs: what account, paymaster and factory do, and the contracts that they meet."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from tests.differential.actors import VALID, paymaster_code, wallet_code
from tests.differential.assembly import (
    CALL,
    CREATE2,
    GAS,
    POP,
    SLOAD,
    SSTORE,
    STATICCALL,
    Statement,
    answers,
    assemble,
    calls,
    context,
    on,
    push,
    put,
    refuses,
)
from tests.differential.compared import VALIDATE_PAYMASTER, VALIDATE_USER_OP
from tests.differential.interface import call
from tests.erc7562.cases import (
    CALLCODE,
    CREATE,
    DELEGATECALL,
    FOREIGN,
    INIT,
    PLAIN,
    TLOAD,
    TSTORE,
)
from tests.erc7562.opcode_cases import ENVIRONMENT
from tests.erc7562.storage_cases import asks_slot, hashed
from tests.erc7562.yard import DAY, ETHER, NOBODY, Yard

KINDS = (CALL, CALLCODE, DELEGATECALL, STATICCALL)
#: Asks for more memory than any gas pays for, so it runs out of gas at once.
GREEDY = push(2**30) + b"\x51" + POP


@dataclass
class Draw:
    """One program, drawn from a seed."""

    yard: Yard
    random: random.Random

    def operation(self) -> UserOperation:
        """An operation with its contracts on the chain, and whoever is staked staked."""
        draw = self.random
        wallet = self.statements()
        sponsor = self.statements() if draw.random() < 0.5 else None
        if draw.random() < 0.45:
            behind = self.statements(most=2) if draw.random() < 0.5 else ()
            wallet += (self.associated(0),) if draw.random() < 0.3 else ()
            operation = self.yard.by_factory(*self.statements(most=3), wallet=wallet, behind=behind)
        else:
            verdict = draw.choice([0, 0, 0, 0, 1, 0xA66, draw.getrandbits(256)])
            operation = self.yard.by_wallet(*wallet)
            code = wallet_code(validation=(wallet, answers(word(verdict))))
            if draw.random() < 0.3:
                operation = replace(operation, sender=self.yard.place(code, "answers"))
            if draw.random() < 0.2:
                delegate = self.yard.place(self.yard.chain.code(operation.sender), "delegate")
                operation = replace(operation, sender=self.yard.delegated(delegate))
        if sponsor is not None:
            context = draw.choice([b"", b"", b"c", bytes(40)])
            code = paymaster_code(validation=sponsor, given=context)
            paymaster = self.yard.place(code, "paymaster")
            if draw.random() < 0.15:
                paymaster = self.yard.delegated(paymaster, "sponsor")
            elif draw.random() < 0.1 and operation.factory is None:
                paymaster = self.both(wallet, sponsor)
                operation = replace(operation, sender=paymaster)
            self.yard.deposit(paymaster)
            limits = {"paymaster": paymaster, "paymaster_verification_gas_limit": 2_000_000}
            operation = replace(operation, **limits)  # type: ignore[arg-type]
        for there in dict.fromkeys((operation.sender, operation.paymaster, operation.factory)):
            if there is not None and draw.random() < 0.4:
                self.yard.stake(there, draw.choice([ETHER, ETHER, ETHER - 1]), draw.choice([DAY, DAY, DAY - 1]))
        return operation

    def both(self, wallet: tuple[Statement, ...], sponsor: tuple[Statement, ...]) -> str:
        """An account that is its own paymaster, and may delegate its code."""
        as_wallet = on(VALIDATE_USER_OP, wallet, VALID)
        there = self.yard.place(assemble(as_wallet, on(VALIDATE_PAYMASTER, sponsor, answers(context(b"")))), "both")
        return self.yard.delegated(there) if self.random.random() < 0.5 else there

    def statements(self, most: int = 5, deep: int = 0) -> tuple[Statement, ...]:
        return tuple(self.statement(deep) for _ in range(self.random.randint(0, most)))

    def statement(self, deep: int) -> Statement:
        draw = self.random
        kinds = (
            self.environment,
            self.balance,
            self.gas,
            self.code,
            self.call,
            self.call,
            self.storage,
            self.storage,
            self.associated,
            self.associated,
            self.creation,
            self.entry_point,
            self.odd,
        )
        return draw.choice(kinds)(deep)

    # -- one of each kind

    def environment(self, deep: int) -> Statement:
        name = self.random.choice(sorted(ENVIRONMENT))
        return ENVIRONMENT[name] + POP

    def balance(self, deep: int) -> Statement:
        return self.random.choice([push(0) + b"\x31" + POP, b"\x47" + POP, b"\x30\x31" + POP])

    def gas(self, deep: int) -> Statement:
        at = push(0) * 5 + push(self.target(deep))
        return self.random.choice([GAS + POP, at + GAS + CALL + POP, at + GAS + b"\x5b" + CALL + POP])

    def code(self, deep: int) -> Statement:
        at = push(self.target(deep))
        made = [at + b"\x3b" + POP, at + b"\x3b\x15" + POP, push(0) * 3 + at + b"\x3c", at + b"\x3f" + POP]
        return self.random.choice(made)

    def call(self, deep: int) -> Statement:
        draw, kind = self.random, self.random.choice(KINDS)
        data = draw.choice([b"", word(draw.randint(0, 3)), draw.randbytes(draw.randint(1, 40))])
        pays = (push(draw.choice([0, 0, 0, 1])),) if kind in (CALL, CALLCODE) else ()
        given = draw.choice([GAS, push(60_000), push(60_000), push(draw.choice([0, 700, 2_299, 5_000]))])
        asked = push(0) * 2 + push(len(data)) + push(0)
        return (put(data), asked, pays, push(self.target(deep)), given, kind + POP)

    def storage(self, deep: int) -> Statement:
        slot = push(self.random.randint(0, 3))
        made = (slot + SLOAD + POP, push(1) + slot + SSTORE, slot + TLOAD + POP, push(1) + slot + TSTORE)
        return self.random.choice(made)

    def associated(self, deep: int) -> Statement:
        draw = self.random
        who = draw.choice([b"\x30", b"\x30", b"\x33", push(self.target(2))])
        slot = hashed(
            who,
            draw.choice([0, 0, 1, 127, 128, 129]),
            size=draw.choice([64, 64, 64, 96, 32]),
            key_first=draw.random() < 0.8,
        )
        slot = draw.choice([slot, slot, slot, who, who + push(1) + b"\x01"])
        foreign = self.yard.place(FOREIGN[draw.choice(sorted(FOREIGN))], draw.choice("ab"))
        if draw.random() < 0.2:
            return (slot, SLOAD + POP)
        return asks_slot(foreign, slot)

    def creation(self, deep: int) -> Statement:
        """A contract, or one whose constructor does something and leaves no code."""
        draw = self.random
        init = assemble(*self.statements(most=2, deep=deep + 2)) if draw.random() < 0.3 else INIT
        made = put(init)
        if draw.random() < 0.5:
            return made + push(len(init)) + push(0) * 2 + CREATE + POP
        return made + push(draw.randint(0, 2)) + push(len(init)) + push(0) * 2 + CREATE2 + POP

    def entry_point(self, deep: int) -> Statement:
        draw = self.random
        asks = [
            b"",
            call("depositTo", NOBODY),
            call("balanceOf", NOBODY),
            call("incrementNonce", draw.randint(1, 9)),
            call("getNonce", NOBODY, 0),
            call("depositTo", NOBODY)[:20],
        ]
        kind, data = draw.choice([CALL, CALL, CALL, STATICCALL, DELEGATECALL]), draw.choice(asks)
        given = draw.choice([GAS, GAS, push(draw.choice([500, 3_000, 60_000]))])
        if draw.random() < 0.3:
            whose = draw.choice([b"\x30", b"\x33"])
            # The address where its argument stands; or where it would be the number that the bytes behind are.
            place = draw.choice([whose + push(4), whose + push(96) + b"\x1b" + push(4)])
            own = put(call("depositTo", NOBODY)[:4]) + place + b"\x52" + push(0) * 2
            asked = push(draw.choice([36, 36, 24, 68])) + push(0) + push(draw.choice([0, 1]))
            return own + asked + push(ENTRY_POINT) + given + CALL + POP
        pays = push(draw.choice([0, 0, 3])) if kind == CALL else b""
        return put(data) + push(0) * 2 + push(len(data)) + push(0) + pays + push(ENTRY_POINT) + given + kind + POP

    def odd(self, deep: int) -> Statement:
        """A call to a contract of random bytes, with little gas, so that validation goes on."""
        draw = self.random
        some = bytes(draw.choice(self.bytes_of) for _ in range(draw.randint(1, 14)))
        return calls(self.yard.place(some), gas=draw.choice([3_000, 40_000]))

    #: Opcodes of random contracts: mostly those that the rules are about.
    bytes_of = (
        bytes([0x5F] * 14 + [0x30, 0x33, 0x58] * 3)
        + bytes(range(0x30, 0x60))
        + bytes(range(0xF0, 0x100))
        + b"\x0c\x20\x21\xb0"
    )

    def target(self, deep: int) -> str:
        """Somebody to call or to look at."""
        draw = self.random
        number = draw.choice([0, 1, 2, 4, 9, 0x0A, 0x11, 0x12, 0x100, 0x101, 0xFFF, 0x1000])
        made = [
            NOBODY,
            ENTRY_POINT,
            "0x" + number.to_bytes(20, "big").hex(),
            self.yard.place(PLAIN),
            self.yard.place(GREEDY),
            self.yard.delegated(self.yard.place(PLAIN)),
            self.yard.place(FOREIGN[draw.choice(sorted(FOREIGN))]),
        ]
        if deep < 2:
            end = draw.choice([b"", b"", b"", refuses(), GREEDY])
            inner = assemble(*self.statements(most=3, deep=deep + 1), end)
            made += [self.yard.place(inner), self.yard.place(inner)]
        return draw.choice(made)
