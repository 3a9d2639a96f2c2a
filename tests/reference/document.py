"""The links of one HTTP response, found as a browser with scripting off would find them, on other
people's parsers: lexbor for HTML, ada for URLs. It shares nothing with the program that it judges.

Sections in brackets are of the HTML standard.
"""

import re

import ada_url
import webencodings
from selectolax.lexbor import LexborHTMLParser

SPACE = "\t\n\f\r "
FOLLOWED_RELS = set("alternate canonical next prev help license author search amphtml".split())
SELECTOR = "a[href], area[href], iframe[src], frame[src], link[href], meta[http-equiv][content]"


def links(url, headers, body):
    """The set of canonical http(s) URLs that a 2xx response links to."""
    found = set()

    def add(raw, base=url, encoding="utf-8"):
        target = resolve(raw, base, encoding)
        if target:
            found.add(target)

    for value in headers.get_all("Link", []):
        for target, parameters in re.findall(r'<([^>]*)>((?:[^,"]|"(?:\\.|[^"\\])*")*)', value):
            rel = re.search(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;"]+))', parameters, re.I)
            if rel and followed(rel[1] or rel[2]):
                add(target)
    if headers.get("Content-Location"):
        add(headers["Content-Location"])
    if (target := refresh(headers.get("Refresh", ""))) is not None:
        add(target)

    # Feeds and sitemaps are left out: no corpus that this is used on has one.
    content_type = headers.get("Content-Type", "text/html")
    if content_type.split(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        text, encoding = decode(body, content_type)
        html_links(text, url, lambda raw, base: add(raw, base, encoding))
    return found


def html_links(text, url, add):
    """Calls add(raw, base) for each link of a document."""
    tree = LexborHTMLParser(text)
    base = url
    if first := tree.css_first("base[href]"):
        base = resolve(first.attributes["href"] or "", url, "utf-8") or url

    roots = [tree]
    for root in roots:  # what a template holds is no part of its tree, and may hold templates
        roots += root.template_fragments()
        for node in root.css(SELECTOR):
            value = node.attributes
            if node.tag == "meta":
                if (value["http-equiv"] or "").lower() == "refresh":
                    target = refresh(value["content"] or "")
                    if target is not None:
                        add(target, base)
            elif node.tag != "link" or followed(value.get("rel")):
                add(value.get("src" if node.tag in ("iframe", "frame") else "href") or "", base)


def followed(rel):
    words = set((rel or "").lower().split())
    return bool(words & FOLLOWED_RELS) and "stylesheet" not in words


def resolve(raw, base, encoding):
    """The canonical URL of raw, or None if it is invalid or not http(s)."""
    if not raw.isascii() and encoding not in ("utf-8", "utf-16le", "utf-16be"):
        raw = encode_query(raw, encoding)
    try:
        url = ada_url.URL(raw, base=base)
    except ValueError:
        return None
    if url.protocol not in ("http:", "https:"):
        return None
    url.username = url.password = url.hash = ""
    return url.href


def encode_query(raw, encoding):
    """Percent-encodes what is not ASCII in the query, in the document's encoding, as the URL
    standard has it; the parser then leaves it alone."""
    head, mark, query = raw.partition("#")[0].partition("?")
    codec = webencodings.lookup(encoding).codec_info

    def percent(match):
        encoded = codec.encode(match[0], "xmlcharrefreplace")[0]
        return "".join(f"%{c:02X}" if c > 126 or c in b" \"#&';<>" else chr(c) for c in encoded)

    return head + mark + re.sub(r"[^\x00-\x7f]+", percent, query)


def refresh(value):
    """The URL of a Refresh header or a meta refresh, or None [shared declarative refresh steps]."""
    time = re.match(rf"[{SPACE}]*(?:[0-9]+|(?=\.))[0-9.]*(?=[;,{SPACE}])", value)
    if not time:
        return None
    rest = re.sub(rf"^[{SPACE}]*[;,]?[{SPACE}]*", "", value[time.end() :])
    if not rest:
        return None
    label = re.match(rf"url[{SPACE}]*=[{SPACE}]*", rest, re.I)
    if label:
        rest = rest[label.end() :]
    elif rest[0] in "uU":
        return rest
    if rest[:1] in ("'", '"'):
        rest = rest[1:].split(rest[0])[0]
    return rest


def decode(body, content_type):
    """Body as text, and the name of its encoding. A byte order mark wins, then HTTP, then a meta
    element, then windows-1252 [determining the character encoding]."""
    charset = re.search(r';\s*charset\s*=\s*"?([^\s";]+)', content_type, re.I)
    encoding = charset and webencodings.lookup(charset[1])
    encoding = encoding or prescan(body[:1024]) or webencodings.lookup("windows-1252")
    text, encoding = webencodings.decode(body, encoding, errors="replace")
    return text, encoding.name


ATTRIBUTE = re.compile(
    rb"""[\t\n\f\r /]*([^\t\n\f\r />=][^\t\n\f\r />=]*|=[^\t\n\f\r />=]*)"""
    rb"""(?:[\t\n\f\r ]*=[\t\n\f\r ]*("[^"]*"|'[^']*'|[^\t\n\f\r >"'][^\t\n\f\r >]*|(?=>)))?"""
)


def prescan(head):
    """The encoding that a meta element in the first bytes declares, or None [prescan a byte stream
    to determine its encoding]."""
    position = 0
    while (position := head.find(b"<", position)) >= 0:
        if head.startswith(b"<!--", position):
            position = head.find(b"-->", position + 2)
            if position < 0:
                return None
        elif tag := re.compile(rb"</?[A-Za-z][^\t\n\f\r />]*").match(head, position):
            is_meta = tag[0].lower() == b"<meta" and head[tag.end() : tag.end() + 1] != b">"
            attributes, position = {}, tag.end()
            while attribute := ATTRIBUTE.match(head, position):
                value = attribute[2] or b""
                if value[:1] in (b"'", b'"'):
                    value = value[1:-1]
                attributes.setdefault(attribute[1].lower(), value.lower())
                position = attribute.end()
            if is_meta and (encoding := meta_encoding(attributes)):
                return encoding
        elif head[position + 1 : position + 2] in (b"!", b"/", b"?"):
            position = head.find(b">", position)
            if position < 0:
                return None
        position += 1
    return None


def meta_encoding(attributes):
    label = attributes.get(b"charset")
    if label is None and attributes.get(b"http-equiv") == b"content-type":
        pattern = rb"""charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r ;"']+))"""
        match = re.search(pattern, attributes.get(b"content", b""))
        label = match and (match[1] or match[2] or match[3])
    encoding = label and webencodings.lookup(label.decode("latin-1"))
    if encoding and encoding.name in ("utf-16le", "utf-16be"):
        return webencodings.lookup("utf-8")
    if encoding and encoding.name == "x-user-defined":
        return webencodings.lookup("windows-1252")
    return encoding or None
