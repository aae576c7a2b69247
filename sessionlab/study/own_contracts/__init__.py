"""Contracts that are not the lab's own: deploying them, calling and reading them, and knowing their names.

``code`` reads what a compiler wrote, ``vyper_source`` compiles, ``deploying`` puts code on the chain and says why it
does not get there, ``contract`` is the handle, ``calls`` encodes by the ABI, ``known`` holds what a lab knows of them,
``tokens`` reads what an ERC-20 token calls itself, ``naming`` makes address books of both, ``errors`` reads their
custom errors, and ``lab_methods`` adds all this to a lab.
"""
