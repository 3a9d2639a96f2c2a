"""loop_asyncio.py WORKLOAD SIZE COUNT: the echo workloads of tests/bench/loop in Python's asyncio,
by a protocol's callbacks (echo) and by streams (echo_tasks). Arguments and output are those of the
C programs: loop_bench.h.
"""

import asyncio
import resource
import sys
import time

MESSAGE_SIZE = 64


class Bench:
    def __init__(self, size, count):
        self.size, self.count = size, count
        self.first, self.last = size * MESSAGE_SIZE, (size + count) * MESSAGE_SIZE
        self.total = self.closed = 0
        self.began = 0
        self.all_served = asyncio.get_running_loop().create_future()

    def sent(self, n):
        before = self.total
        self.total += n
        if before < self.first <= self.total:
            self.began = time.process_time_ns()
        if before < self.last <= self.total:
            print(f"{(time.process_time_ns() - self.began) / self.count:.2f}")

    def close(self):
        self.closed += 1
        if self.closed == self.size:
            self.all_served.set_result(None)

    async def serve(self, server):
        print(server.sockets[0].getsockname()[1], flush=True)
        await self.all_served
        server.close()


class Echo(asyncio.Protocol):
    def __init__(self, bench):
        self.bench = bench

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)
        self.bench.sent(len(data))

    def connection_lost(self, error):
        self.bench.close()


async def echo(size, count):
    bench = Bench(size, count)
    loop = asyncio.get_running_loop()
    await bench.serve(await loop.create_server(lambda: Echo(bench), "127.0.0.1", 0, backlog=4096))


async def echo_tasks(size, count):
    bench = Bench(size, count)

    async def serve(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
            bench.sent(len(data))
        writer.close()
        bench.close()

    await bench.serve(await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096))


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    workload = {"echo": echo, "echo_tasks": echo_tasks}[sys.argv[1]]
    asyncio.run(workload(int(sys.argv[2]), int(sys.argv[3])))


main()
