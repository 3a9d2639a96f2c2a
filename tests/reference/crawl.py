"""crawl.py URL...: crawls the hosts of the URLs and prints every URL on them that is a seed, a link
or the target of a redirect, sorted. Slow, sequential and plain: the set that a crawler has to find.

Of robots.txt, nofollow and traps it knows nothing."""

import http.client
import sys
import time
import urllib.parse

import document

REDIRECTS = (301, 302, 303, 307, 308)
connections = {}


def fetch(url):
    """Status, headers and body of a URL, over a connection that is kept."""
    parts = urllib.parse.urlsplit(url)
    connection = connections.get(parts[:2])
    if connection is None:
        tls = parts.scheme == "https"
        make = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        connection = connections[parts[:2]] = make(parts.netloc, timeout=30)
    connection.request("GET", url.removeprefix(f"{parts.scheme}://{parts.netloc}"))
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def origin(url):
    """What the scope compares: host and port, where http:80 and https:443 are one."""
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port or "default"


def crawl(seeds):
    seeds = {document.resolve(seed, None, "utf-8") for seed in seeds}
    scope = {origin(seed) for seed in seeds}
    found, queue, statuses = set(seeds), list(seeds), {}
    for url in queue:
        status, headers, body = fetch(url)
        statuses[status] = statuses.get(status, 0) + 1
        targets = set()
        if 200 <= status < 300:
            targets = document.links(url, headers, body)
        elif status in REDIRECTS and "Location" in headers:
            targets = {document.resolve(headers["Location"], url, "utf-8")} - {None}
        fresh = {target for target in targets - found if origin(target) in scope}
        found |= fresh
        queue += sorted(fresh)
    return found, statuses


def main():
    started = time.monotonic()
    found, statuses = crawl(sys.argv[1:])
    print("\n".join(sorted(found)))
    seconds = time.monotonic() - started
    print(f"reference: {len(found)} URLs, {statuses}, {seconds:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
