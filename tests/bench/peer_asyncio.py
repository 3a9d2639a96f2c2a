"""peer_asyncio.py URL: crawls the host of URL, and prints how many URLs it found: the design of
"A Web Crawler With asyncio Coroutines" (500 Lines or Less), with 64 workers. They take URLs from an
asyncio.Queue and put the new ones among a page's links into it; the crawl is over when all that was
put there has been worked on. Links are found by a regular expression.
"""

import asyncio
import re
import sys
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

WORKERS = 64
HREF = re.compile(r"""<a\s[^>]*?href\s*=\s*["']?([^\s"'<>]+)""", re.IGNORECASE)


class Crawler:
    def __init__(self, seed, session):
        self.host = urlsplit(seed).netloc
        self.session = session
        self.queue = asyncio.Queue()
        self.seen = set()
        self.add(seed)

    def add(self, url):
        if url not in self.seen and urlsplit(url).netloc == self.host:
            self.seen.add(url)
            self.queue.put_nowait(url)

    async def crawl(self):
        workers = [asyncio.create_task(self.work()) for _ in range(WORKERS)]
        await self.queue.join()
        for worker in workers:
            worker.cancel()

    async def work(self):
        while True:
            url = await self.queue.get()
            try:
                await self.visit(url)
            except aiohttp.ClientError as error:
                print(f"{url}: {error}", file=sys.stderr)
            self.queue.task_done()

    async def visit(self, url):
        async with self.session.get(url, allow_redirects=False) as response:
            if "Location" in response.headers:
                self.add(urljoin(url, response.headers["Location"]))
            elif response.status == 200 and response.content_type == "text/html":
                # No Content-Type here has a charset, and text() guesses it from the bytes unless
                # told, which takes far longer than all the rest.
                for link in HREF.findall(await response.text("utf-8", "replace")):
                    self.add(urldefrag(urljoin(url, link)).url)


async def main():
    async with aiohttp.ClientSession() as session:
        crawler = Crawler(sys.argv[1], session)
        await crawler.crawl()
    print(len(crawler.seen))


asyncio.run(main())
