"""The lab over HTTP: one URL for the Wallet API, the bundler and the node, and a page for people.

    jsonrpc.py      bodies to answers; never raises
    door.py         the way of a request into the lab: whole or not at all; worker.py, one at a time
    journal.py      what was asked and decided, without secrets; watching.py reads it off, log.py prints it
    app.py          HTTP around it: CORS, key, sizes
    page.py         the start page, snippets.py what to copy first; view.py and board.py, the part that is refreshed
    serving.py      socket, start and stop; background.py, the same within a test or notebook
    manifest.py     what other people's tests start from

Needs the extra ``server``.
"""
