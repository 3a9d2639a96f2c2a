"""Draws a terminal in which skitter crawls, as SVG on standard output: what a terminal shows after
the first live line that tells of so many pages.

terminal.py SKITTER SITE PAGES [OPTION...]: runs SKITTER with the options and SITE in a terminal of
its own. The site is shown as https://example.org/."""

import fcntl
import html
import os
import pty
import re
import shlex
import struct
import sys
import termios

COLUMNS, ROWS = 92, 40
CELL, LINE, SIZE = 8.4, 20, 14  # pixels
MARGIN, BAR = 20, 36
SHOWN = "https://example.org/"


def show(screen, output):
    """What a terminal does with the output: the few sequences that skitter uses."""
    for piece in re.findall(r"\r|\n|\x1b\[K|[^\r\n\x1b]+", output):
        if piece == "\r":
            screen.column = 0
        elif piece == "\n":
            screen.lines.append("")
        elif piece == "\x1b[K":
            screen.lines[-1] = screen.lines[-1][: screen.column]
        else:
            line = screen.lines[-1]
            screen.lines[-1] = line[: screen.column] + piece + line[screen.column + len(piece) :]
            screen.column += len(piece)


class Screen:
    def __init__(self):
        self.lines = [""]
        self.column = 0


def run(command, pages):
    """The lines on the terminal once that many pages were visited."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    output = ""
    while True:
        try:
            output += os.read(terminal, 65536).decode()
        except OSError:  # its end
            sys.exit(f"the crawl ended before {pages} pages")
        screen = Screen()
        show(screen, output)
        live = re.match(r"skitter +([0-9]+) page", screen.lines[-1])
        if live and int(live[1]) >= pages and output.endswith("\x1b[K"):
            os.close(terminal)
            os.waitpid(pid, 0)
            return screen.lines


def draw(lines):
    width = round(COLUMNS * CELL) + 2 * MARGIN
    height = BAR + len(lines) * LINE + MARGIN + 6
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">\n'
        "<title>A terminal in which skitter crawls a site</title>\n"
        "<style>\n"
        f"text {{ font: {SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "
        '"DejaVu Sans Mono", monospace; fill: #d5dbe1; white-space: pre }\n'
        ".prompt { fill: #ffffff } .message { fill: #8b98a5 } .live { fill: #6fd3b4 }\n"
        "</style>\n"
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="10" '
        'fill="#171c22" stroke="#3b444e"/>'
    )
    for i in range(3):
        print(f'<circle cx="{MARGIN + 4 + 18 * i}" cy="{BAR // 2}" r="5.5" fill="#3b444e"/>')
    for row, line in enumerate(lines):
        kind = ""
        if line.startswith("$ "):
            kind = ' class="prompt"'
        elif line.startswith("skitter:"):
            kind = ' class="message"'
        elif line.startswith("skitter "):
            kind = ' class="live"'
        # Each word keeps its column, whatever the font.
        for word in re.finditer(r"\S+(?: \S+)*", line):
            print(
                f'<text x="{MARGIN + word.start() * CELL:.1f}" y="{BAR + (row + 1) * LINE - 4}" '
                f'textLength="{len(word[0]) * CELL:.1f}" lengthAdjust="spacingAndGlyphs"{kind}>'
                f"{html.escape(word[0])}</text>"
            )
    print("</svg>")


skitter, site, pages, *options = sys.argv[1:]
screen = run([skitter, *options, site], int(pages))
host = site.split("/")[2]
command = "$ " + shlex.join(["skitter", *options, SHOWN])
draw([command] + [l.replace(site, SHOWN).replace(host, SHOWN.split("/")[2]) for l in screen])
