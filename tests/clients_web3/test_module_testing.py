"""``web3._utils.module_testing``, unchanged: what web3.py asks of every node."""

from __future__ import annotations

import pytest
from web3._utils.module_testing.eth_module import EthModuleTest
from web3._utils.module_testing.net_module import NetModuleTest
from web3._utils.module_testing.web3_module import Web3ModuleTest


class TestEth(EthModuleTest): ...


class TestNet(NetModuleTest): ...


class TestWeb3(Web3ModuleTest):
    def _check_web3_client_version(self, client_version: str) -> None:
        assert client_version.startswith("sessionlab/")
