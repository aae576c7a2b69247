"""The lab over HTTP: one URL for the Wallet API, the bundler and the node, and a page for people.

    jsonrpc.py              bodies to answers; never raises
    request_handler.py      the way of a request into the lab: whole or not at all; worker.py, one at a time
    operation_log.py        what was asked and decided, without secrets; operation_log_entries.py reads it off
    log.py                  a line for each request
    app.py                  HTTP around it: CORS, key, sizes
    page.py                 the start page; snippets.py, what to copy first; live_page.py, the part that is refreshed
    serving.py              socket, start and stop; background.py, the same within a test or notebook
    manifest.py             what other people's tests start from

Needs the extra ``server``.
"""
