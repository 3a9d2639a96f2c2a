"""Two sites for the recipes of the README: one to crawl, and one that it links to. Prints their
addresses, each on a line, once they listen; serves until it is ended."""

import http.server
import threading
import urllib.parse


def page(title, *links, head=""):
    """A page; a link is an address, or an element as it is."""
    links = [link if link[0] == "<" else f'<a href="{link}">{link}</a>' for link in links]
    if title:
        head += f"<title>{title}</title>"
    body = f"<!doctype html><meta charset=utf-8>{head}\n" + "\n".join(links) + "\n"
    return 200, "text/html", body


def moved(status, target):
    return status, "text/html", target


PDF = (200, "application/pdf", "%PDF-1.4 of a kind\n")
HOME = [
    "/about.html", "/news.html", "/docs/", "/downloads.html", "/gone.html",
    "@other/alive.html", "@other/dead.html",
]
PDFS = [
    "/files/report.pdf", "/files/2024/report.pdf", "/files/it's.pdf", "/files/a[1].pdf",
    "/files/two words.pdf", "/files/Übersicht.pdf", "/files/LOUD.PDF",
]
SITE = {
    "/": page("Home", *HOME),
    "/about.html": page(None, "/"),
    "/news.html": page("News", "/gone.html", "/gone.html", "/old-about", "@other/dead.html"),
    "/old-about": moved(301, "/about.html"),
    "/docs/": page("Manual", "a.html", "b.html", "latest", "<img src=there.png alt=''>",
                   "<img src=missing.png alt=''>",
                   head="<link rel=stylesheet href=style.css><script src=gone.js></script>"),
    "/docs/latest": moved(302, "/docs/b.html"),
    "/docs/a.html": page("Chapter", "./"),
    "/docs/b.html": page("Chapter", "./", "/gone.html"),
    "/docs/style.css": (200, "text/css", "body { background: url(paper.png) }\n"),
    "/docs/there.png": (200, "image/png", "\x89PNG of a kind\n"),
    "/downloads.html": page("Downloads", *PDFS, "/large.html"),
    "/large.html": page("Large", "<!-- " + "large " * 20000 + "-->"),
    "/orphan.html": page("Nothing links here", "/"),
    "/sitemap.xml": (200, "application/xml",
                     '<?xml version="1.0"?>\n'
                     '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                     "<url><loc>@site/</loc></url><url><loc>@site/orphan.html</loc></url>"
                     "</urlset>\n"),
} | {path: PDF for path in PDFS}
OTHER = {"/alive.html": page("Alive")}


def serve(pages):
    """A server of these pages, which runs in a thread of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one write

        def do_GET(self):
            path = urllib.parse.unquote(self.path)
            missing = 404, "text/html", "<title>Not found</title>"
            status, content_type, body = pages.get(path, missing)
            for name, address in addresses.items():
                body = body.replace("@" + name, address)
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", body)
                body = ""
            body = body.encode()
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            if content_type == "text/html" and status == 200:
                self.send_header("Last-Modified", "Sat, 01 Feb 2025 10:00:00 GMT")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


addresses = {}
addresses["site"] = serve(SITE)
addresses["other"] = serve(OTHER)
for address in addresses.values():
    print(address, flush=True)
threading.Event().wait()
