#!/usr/bin/env python3
"""An external vendor for Docket: answers which currency a country pays with.

It speaks the protocol of docs/external-plugins.md on standard input and output, needs nothing but
Python 3.8 or later, and works on several requests at once. Copy it, and put your own check into
`answer`.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

CURRENCIES = {"CH": "CHF", "DE": "EUR", "GB": "GBP", "GR": "EUR", "JP": "JPY", "US": "USD"}

# Requests come in any number of threads; a line of output must not be torn apart by another.
OUTPUT = threading.Lock()


def send(message):
    with OUTPUT:
        sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
        sys.stdout.flush()


def answer(request):
    """The check itself: a status and a body, as an HTTP vendor would give them."""
    country = (request.get("body") or {}).get("country")
    if not isinstance(country, str):
        return {"error": "the request has no country"}
    if country not in CURRENCIES:
        return {"status": 404, "body": {"message": "no such country"}}
    return {"status": 200, "body": {"country": country, "currency": CURRENCIES[country]}}


def serve(message):
    try:
        reply = answer(message["request"])
    except Exception as problem:  # one bad request must not end the others
        print(f"request {message['id']}: {problem!r}", file=sys.stderr)
        reply = {"error": "the check failed"}
    send({"id": message["id"], **reply})


def main():
    hello = json.loads(sys.stdin.readline())
    if hello.get("docket") != 1:
        sys.exit(f"this program speaks version 1 of the protocol, not {hello.get('docket')}")
    # Looking up a table again does no harm: a request may be repeated after a crash.
    send({"docket": 1, "idempotent": True, "concurrency": 8})
    with ThreadPoolExecutor(max_workers=min(8, hello.get("concurrency", 8))) as pool:
        # When standard input ends, Docket is done: finish what there is, then end.
        for line in sys.stdin:
            pool.submit(serve, json.loads(line))


if __name__ == "__main__":
    main()
