"""The TypeScript of a policy compiles against the published SDK, and asks for the same permissions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import sessionlab as sl
from sessionlab.core.permissions.types import types_under
from tests.sdk.node import FOLDER, install

ADDRESS = "0x5a700d1124D968B640E329410935Eb2D7ABDBE22"
PERMISSIONS: list[sl.Permission] = [
    sl.NativeTokenTransfer(allowance=sl.ether(1)),
    sl.Erc20TokenTransfer(address=ADDRESS, allowance=25_500_000),
    sl.GasLimit(limit=3_000_000),
    sl.ContractAccess(address="0x" + "11" * 20),
    sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"]),
    sl.FunctionsOnAllContracts(functions=["increment()", "deposit()"]),
    sl.FunctionsOnContract(address=ADDRESS, functions=["buy(uint256)"]),
]
BEFORE = """
import type { GrantPermissionsParams, GrantPermissionsResult } from "@alchemy/wallet-apis";
import type { Address } from "viem";
declare const owner: { grantPermissions(params: GrantPermissionsParams): Promise<GrantPermissionsResult> };
declare const account: Address;
declare const key: { address: Address };
"""


def test_every_type_of_production_compiles_against_the_sdk(tmp_path: Path) -> None:
    kinds = {permission.type for permission in PERMISSIONS} | {"root"}
    assert kinds == set(types_under(sl.DEPLOYED))
    node = install()
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    policies = (PERMISSIONS, [sl.Root()], {"permissions": [{"type": "root"}], "expiresIn": 86_400})
    for number, policy in enumerate(policies):
        (folder / f"policy{number}.ts").write_text(BEFORE + sl.typescript(policy) + "\nexport { permissions };\n")
    wrong = sl.typescript([sl.Root()]).replace('"root"', '"roof"')
    (folder / "wrong.ts").write_text(BEFORE + wrong + "\nexport { permissions };\n")
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext"]
    compiler = str(FOLDER / "node_modules" / "typescript" / "bin" / "tsc")
    done = subprocess.run(
        [node, compiler, *options, *map(str, sorted(folder.glob("*.ts")))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    said = [line for line in done.stdout.splitlines() if "error TS" in line]
    assert said and all(line.startswith("src/wrong.ts") for line in said), done.stdout


def test_it_asks_for_the_same_amounts_addresses_and_functions() -> None:
    text = sl.typescript(PERMISSIONS)
    for permission in PERMISSIONS:
        line = text.partition(f'type: "{permission.type}"')[2].partition("//")[0]
        for value in permission.to_json()["data"].values():
            if isinstance(value, str) and len(value) < 42:
                (amount,) = re.findall(r"([0-9_]+)n\b", line)
                assert int(amount) == int(value, 16)
            else:
                assert all(f'"{item}"' in line for item in ([value] if isinstance(value, str) else value))


def test_the_end_is_that_of_the_policy() -> None:
    root = [{"type": "root"}]
    assert "expirySec: 1900000000, // 2030-03-17" in sl.typescript({"permissions": root, "expirySec": 1_900_000_000})
    assert "/ 1000) + 86_400, // 1 day" in sl.typescript({"permissions": root, "expiresIn": 86_400})
    assert "expirySec:" not in sl.typescript(root)


def test_a_name_cannot_leave_its_comment() -> None:
    lab = sl.Lab(seed=1)
    token = lab.token("Line\nbreak", "BAD\n*/ evil()", 6, 10**9)
    text = sl.typescript([sl.Erc20TokenTransfer(address=token.address, allowance=5)], names=lab.names)
    (line,) = (line for line in text.splitlines() if "evil" in line)
    assert line.strip().startswith("//")
