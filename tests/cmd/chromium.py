"""chromium.py SKITTER FOLDER [PICTURES]: tries the pages of --report in headless Chromium.

FOLDER holds large.html, the report of a crawl of 10,000 pages, and takes what else is made. Speaks
to chromedriver by WebDriver's HTTP, with the standard library alone.
"""
import base64
import http.server
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import urllib.error
import urllib.request

TITLE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"
PATH = "/\"'><script>alert(3)</script>?q=\"'><img src=x onerror=alert(4)>&lt;"
SECONDS = 2  # in which a report of 10,000 pages has to be there

failures = 0


def check(fact, said):
    global failures
    if not fact:
        failures += 1
        print("failed:", said)


class Site(http.server.BaseHTTPRequestHandler):
    """Markup wherever a site can put it, and every kind of answer."""

    def do_GET(self):
        link = PATH.replace("&", "&amp;").replace('"', "&quot;")
        title = TITLE.replace("&", "&amp;").replace("<", "&lt;")
        status, headers = 200, {"Content-Type": "text/html"}
        body = f"<title>{title}</title>"
        if self.path == "/":
            body += f'<a href="{link}">a</a> <a href="/gone{link}">b</a> <a href="/moved">c</a>'
            body += "<a href='http://other.example/'>d</a>" + f"<a href='/{'long' * 100}'>e</a>"
            body += "<a href=/silent>f</a> <a href=/forbidden>g</a>"
        elif self.path == "/silent":
            self.close_connection = True
            return
        elif self.path == "/forbidden":
            status = 403
        elif self.path.startswith("/gone"):
            status = 404
        elif self.path == "/moved":
            status, headers["Location"] = 301, "/'onclick='alert(5)"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def crawl_small(skitter, report):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    subprocess.run([skitter, "-q", "--retry", "0", "--ok-status", "403", "--report", report, url],
                   check=True, stdout=subprocess.DEVNULL)
    server.shutdown()


class Browser:
    def __init__(self, folder):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       text=True)
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                break
        else:
            sys.exit("chromedriver did not start")
        self.base = f"http://127.0.0.1:{found[1]}/session"
        arguments = ["--headless", "--disable-gpu", "--disable-background-networking",
                     "--no-first-run", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        if os.getuid() == 0:
            arguments.append("--no-sandbox")
        wanted = {"goog:chromeOptions": {"args": arguments},
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        made = self.call("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.base += "/" + made["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:  # an open dialog is one
            raise RuntimeError(error.read().decode(errors="replace")[:500]) from None

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path, width, dark=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=800,
                      deviceScaleFactor=1, mobile=width < 500)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        self.call("POST", "/url", {"url": "file://" + path})

    def script(self, text):
        return self.call("POST", "/execute/sync", {"script": text, "args": []})

    def log(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        self.call("DELETE", "")
        self.driver.terminate()
        self.driver.wait()


def requests(log):
    """What the reports asked for, but for themselves and what lies in them."""
    for entry in log:
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            request = message["params"]
            url = request["request"]["url"]
            ours = request["documentURL"].startswith("file:")
            if ours and not url.startswith(("file:", "data:")):
                yield url


# The text whose colour stands out least from the page's, as the ratio of WCAG 2.
LEAST_CONTRAST = """
const light = text => {
  const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const page = light(getComputedStyle(document.body).backgroundColor);
let least = [21, ''];
for (const e of document.body.querySelectorAll('*')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
  const ink = light(getComputedStyle(e).color);
  const ratio = (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05);
  if (ratio < least[0]) least = [ratio, e.outerHTML.slice(0, 200)];
}
return least;
"""
LOAD = "const t = performance.timing; return t.loadEventEnd - t.navigationStart"
BACKGROUND = "return getComputedStyle(document.body).backgroundColor"
OPEN_ALL = "for (const d of document.querySelectorAll('details')) d.open = true"
WIDTH = "return document.documentElement.scrollWidth"
SHOWS = """
return [...document.querySelectorAll('%s')].some(e => e.textContent.includes(%s) &&
                                                     e.getClientRects().length > 0)
"""


def try_large(browser, path):
    times = []
    for _ in range(3):
        browser.open(path, 1280)
        times.append(browser.script(LOAD) / 1000)
    print("load of 10,000 pages:", ", ".join(f"{t:.2f} s" for t in times))
    check(statistics.median(times) < SECONDS, "it takes too long to load")
    figure = "return document.querySelector('.figures dd').textContent"
    check(browser.script(figure) == "10,000", "it does not count 10,000 pages")
    browser.open(path, 360)
    check(browser.script(WIDTH) <= 360, "it is wider than a phone")


def try_small(browser, path):
    browser.open(path, 1280)
    for name in "script", "img", "iframe", "style + style":
        check(browser.script(f"return document.querySelector('{name}') === null"),
              f"there is an element {name}")
    check(browser.script(SHOWS % ("small", json.dumps(TITLE))), "the title is not to be seen")
    canonical = "%22'%3E%3Cscript%3Ealert(3)%3C/script%3E?q=%22%27%3E%3Cimg"
    check(browser.script(SHOWS % ("a", json.dumps(canonical))), "the URL is not to be seen")
    attributes = "return [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    check(not [a for a in browser.script(attributes) if a.startswith("on")],
          "an element has an event handler")
    for kind in "orxbf":
        check(browser.script(f"return document.querySelector('.bars .k.{kind}') !== null"),
              f"there is no answer of the kind {kind}")
    check(browser.script("return document.querySelectorAll('h1').length") == 1, "no heading")
    check(browser.script("return [...document.querySelectorAll('th')].every(t => t.scope)"),
          "a header of a table is for nothing")
    check(browser.script("return document.querySelector('svg > title + desc') !== null"),
          "the drawing has no words")
    for part in "broken", "site", "slowest", "largest", "redirects", "refused":
        check(browser.script(f"return document.getElementById('{part}') !== null"),
              f"there is no part {part}")
    backgrounds = set()
    for dark in False, True:
        browser.open(path, 360, dark)
        backgrounds.add(browser.script(BACKGROUND))
        browser.script(OPEN_ALL)
        check(browser.script(WIDTH) <= 360, "it is wider than a phone")
        ratio, where = browser.script(LEAST_CONTRAST)
        check(ratio >= 4.5, f"{'dark' if dark else 'light'}: a contrast of {ratio:.2f}: {where}")
    check(len(backgrounds) == 2, f"dark and light are alike: {backgrounds}")


def take_pictures(browser, path, folder):
    for name, width, dark in ("light", 1280, 0), ("dark", 1280, 1), ("phone", 360, 0):
        browser.open(path, width, dark)
        browser.picture(f"{folder}/{name}.png")


def main(skitter, folder, pictures=None):
    large, small = folder + "/large.html", folder + "/small.html"
    crawl_small(skitter, small)
    browser = Browser(folder)
    try:
        try_large(browser, large)
        try_small(browser, small)
        if pictures:
            take_pictures(browser, large, pictures)
        for entry in browser.log("browser"):
            check(entry["level"] not in ("SEVERE", "WARNING"), f"on the console: {entry}")
        asked = list(requests(browser.log("performance")))
        check(not asked, f"requests: {asked}")
    finally:
        browser.close()
    return failures != 0


sys.exit(main(*sys.argv[1:]))
