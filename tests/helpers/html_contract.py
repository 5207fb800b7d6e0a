"""What every page owes its readers and the checkers cannot see: see `problems`.

`tests.browser.Page` asks this of every page any test opens.
"""

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect"}
CONTROLS = {"input", "select", "textarea"}
NEVER_OUTSIDE = re.compile(
    r"pregnan|fertil|\bivf\b|embryo|miscarr|\bloss\b|\bbaby|\bbump\b|due date|\bscan\b|bereave"
    r"|congratulat|\bintake\b|first visit|consultation|acupuncture|urgent|medicine|allerg",
    re.IGNORECASE,
)
"""Words that a tab, a history list or somebody looking over a shoulder must not show."""


class Node:
    """One element: its attributes, the elements it stands in, and its words so far."""

    def __init__(self, tag: str, attrs: dict[str, str], inside: list["Node"]) -> None:
        self.tag, self.attrs, self.inside, self.words = tag, attrs, list(inside), ""

    def within(self, tag: str) -> bool:
        return any(node.tag == tag for node in self.inside)

    def __repr__(self) -> str:
        shown = " ".join(f'{k}="{v}"' for k, v in self.attrs.items() if k in {"id", "name", "href"})
        return f"<{self.tag} {shown}>{' '.join(self.words.split())[:40]}"


class _Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self._open: list[Node] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {k: v or "" for k, v in attrs}, self._open)
        self.nodes.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.nodes.append(Node(tag, {k: v or "" for k, v in attrs}, self._open))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for node in self._open:
            node.words += data


def problems(html: str, *, path: str) -> list[str]:
    """Everything wrong with a page, in words; an empty list when it keeps the contract."""
    tree = _Tree(html)
    nodes = tree.nodes
    return [
        *_frame(nodes, path),
        *_headings(nodes),
        *_references(nodes),
        *_controls(nodes),
        *_groups(nodes),
        *_forms(nodes),
        *_policy(nodes),
    ]


def _frame(nodes: list[Node], path: str) -> list[str]:
    found = []
    html = next(node for node in nodes if node.tag == "html")
    title = " ".join(next((n.words for n in nodes if n.tag == "title"), "").split())
    if not html.attrs.get("lang") or html.attrs.get("dir") not in {"ltr", "rtl"}:
        found.append("the page does not say its language and direction")
    if not title.split("–")[0].strip():
        found.append("the page has no title of its own")
    if word := NEVER_OUTSIDE.search(title):
        found.append(f"the title tells: {word.group()}")
    staff = any(n.tag == "body" and "staff" in n.attrs.get("class", "") for n in nodes)
    if not staff and (word := NEVER_OUTSIDE.search(path)):
        found.append(f"the address tells: {word.group()}")
    summary = any("errors" in n.attrs.get("class", "").split() for n in nodes)
    if summary and not title.startswith("Error:"):
        found.append("there is an error summary, but the title does not start with Error:")
    return found


def _headings(nodes: list[Node]) -> list[str]:
    levels = [int(n.tag[1]) for n in nodes if re.fullmatch(r"h[1-6]", n.tag)]
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} h1 instead of one"]
    jumps = [b for a, b in zip([1, *levels], levels, strict=False) if b > a + 1]
    found += [f"heading level {level} comes without the one above" for level in jumps]
    found += [f"empty heading {n}" for n in nodes if n.tag in {"h1", "h2"} and not n.words.strip()]
    return found


def _references(nodes: list[Node]) -> list[str]:
    ids = [n.attrs["id"] for n in nodes if "id" in n.attrs]
    found = [f"id {name} is used twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
    for node in nodes:
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for", "form", "list"):
            found += [
                f"{node} {name} names {wanted}, which is not there"
                for wanted in node.attrs.get(name, "").split()
                if wanted not in ids
            ]
        target = node.attrs.get("href", "")
        if node.tag == "a" and target.startswith("#") and target[1:] not in ids:
            found.append(f"{node} leads nowhere")
    return found


def _controls(nodes: list[Node]) -> list[str]:
    labelled = {n.attrs.get("for") for n in nodes if n.tag == "label" and n.words.strip()}
    found = []
    for node in nodes:
        named = bool({"aria-label", "aria-labelledby"} & node.attrs.keys())
        if node.tag in {"a", "button"} and not node.words.strip() and not named:
            found.append(f"{node} has no words")
        if _typed_into(node):
            known = named or node.attrs.get("id", "") in labelled or node.within("label")
            found += [] if known else [f"{node} has no label"]
            told = "aria-describedby" in node.attrs or node.within("fieldset")
            if node.attrs.get("aria-invalid") == "true" and not told:
                found.append(f"{node} is marked wrong, but nothing says why")
    return found


def _typed_into(node: Node) -> bool:
    return node.tag in CONTROLS and node.attrs.get("type") not in {"hidden", "submit"}


def _groups(nodes: list[Node]) -> list[str]:
    radios = [n for n in nodes if n.attrs.get("type") == "radio"]
    found = [f"{n} is not in a fieldset" for n in radios if not n.within("fieldset")]
    legends = {id(n.inside[-1]) for n in nodes if n.tag == "legend" and n.words.strip()}
    found += [f"{n} has no legend" for n in nodes if n.tag == "fieldset" and id(n) not in legends]
    return found


def _forms(nodes: list[Node]) -> list[str]:
    found = []
    for form in (n for n in nodes if n.tag == "form"):
        parts = [n for n in nodes if form in n.inside and n.tag in CONTROLS]
        shown = [n for n in parts if _typed_into(n)]
        if form.attrs.get("method", "get").lower() != "post":
            continue
        if shown and "novalidate" not in form.attrs:
            found.append(f"{form} lets the browser judge: novalidate is missing")
        if not any(n.attrs.get("name") == "csrf_token" for n in parts):
            found.append(f"{form} has no page token")
    return found


def _policy(nodes: list[Node]) -> list[str]:
    found = [f"{n} has a style attribute" for n in nodes if "style" in n.attrs]
    found += [f"{n} is an inline sheet" for n in nodes if n.tag == "style"]
    found += [
        f"{n} is an inline script" for n in nodes if n.tag == "script" and "src" not in n.attrs
    ]
    found += [
        f"{n} has an inline handler {name}"
        for n in nodes
        for name in n.attrs
        if re.fullmatch(r"on[a-z]+", name)
    ]
    found += [
        f"{n} loads from elsewhere"
        for n in nodes
        if n.tag in {"script", "link", "img"}
        and re.match(r"(https?:)?//", n.attrs.get("src", n.attrs.get("href", "")))
    ]
    return found
