"""Where other people's tools meet the lab: eth-tester, pytest, notebook magics."""
