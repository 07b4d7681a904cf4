"""Snakemake's report with what it lacks: a page to open on, words to search for, a table's other formats beside it.

Its search looks through paths and through keys called ``columns``, which it never writes; it opens on the graph of rules
unless it has properties of the run to show; one result is one file, in a folder of its own, so that links from one page to
another lead nowhere; and its list of results is as wide as the longest title. All of these are data that its page is made from.
"""

from __future__ import annotations

import base64
import html
import json
import mimetypes
import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

OPTION = "--report"
MOST = 20_000
"""Characters of a page that are looked through: long pages are lists of cities."""
LARGEST = 300_000
"""Bytes of a file that is handed out within the report's page."""
LINK = re.compile(r'(?<=href=")(?P<file>[^"#:]+)(?P<part>#[^"]*)?(?=")')
STYLE = """
html, body { font-family: system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
nav { min-width: 0 !important; max-width: 50vw; flex-shrink: 0; overflow-x: hidden !important; }
nav.min-w-fit { width: 34rem; }
nav svg { flex-shrink: 0; }
div.grow.h-screen { align-items: safe center; }
"""
"""Titles are broken into lines; a page that is longer than the screen shows its head."""


def complete(reported: Mapping[str, Any], books: str, arguments: Sequence[str]) -> None:
    """Let the report that Snakemake is asked for have these; nothing is imported for any other call.

    Parameters
    ----------
    reported : by path, see :class:`nianjian.plan.report.Reported`
    books : name of the set of books
    arguments : of the command
    """
    if not any(each == OPTION or each.startswith(f"{OPTION}=") for each in arguments):
        return
    from snakemake.report import html_reporter
    from snakemake.report.html_reporter import Reporter, data

    places: dict[str, str] = {}
    results, metadata, prepare = data.render_results, data.render_metadata, Reporter.__post_init__

    def prepared(self: Any) -> None:
        prepare(self)
        self.custom_stylesheet = f"{STYLE}\n{self.custom_stylesheet or ''}"

    def render_results(found: Any, mode_embedded: bool) -> str:
        plain = json.loads(results(found, mode_embedded))
        # Within one HTML file a result has no address.
        places.update({} if mode_embedded else {path: own["data_uri"] for path, own in plain.items()})
        whole = {path: completed(path, own, reported.get(path), places) for path, own in plain.items()}
        # It stands in a script of the page: words of others must not end that.
        return json.dumps(whole).replace("</", "<\\/")

    def render_metadata(own: Mapping[str, Any]) -> str:
        return str(metadata({**own, "Books / 年鉴": html.escape(books)}))

    class Linked(ZipFile):
        """Pages whose links lead to where the report keeps what they link to."""

        def write(self, filename: Any, arcname: Any = None, *more: Any, **options: Any) -> None:
            path = os.fspath(filename)
            if path not in places or not path.endswith(".html"):
                super().write(filename, arcname, *more, **options)
                return
            text = Path(path).read_text(encoding="utf8")
            self.writestr(str(arcname), linked(text, path, places))

    data.render_results, data.render_metadata = render_results, render_metadata
    Reporter.__post_init__ = prepared
    html_reporter.ZipFile = Linked


def linked(text: str, path: str, places: Mapping[str, str]) -> str:
    """A page whose links to other results lead to their places in the report; others stand as they are.

    Parameters
    ----------
    text, path : of the page
    places : of results in the report, by their paths
    """
    here = posixpath.dirname(places[path])

    def lead(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), found["file"]))
        if target not in places:
            return found[0]
        return posixpath.relpath(places[target], here) + (found["part"] or "")

    return LINK.sub(lead, text)


def completed(
    path: str, result: Mapping[str, Any], own: Mapping[str, Any] | None, places: Mapping[str, str]
) -> dict[str, Any]:
    """One result of the report with words to search for, its note, its other formats, and a link to where it comes from.

    Parameters
    ----------
    path, result : as Snakemake writes them
    own : what the plan says of it; None of a file of which it says nothing
    places : of results in the report, by their paths; none in a report that is one file
    """
    if own is None:
        return dict(result)
    text = [own["category"], own["subcategory"], *own["labels"].values(), own["words"], words_of(path)]
    # The search tells capitals apart; so does a page that has both spellings not.
    words = "\n".join(each for each in text if each)
    found = {**result, "columns": {words: "", words.lower(): ""}}
    files = [Path(each) for each in own["downloads"] if Path(each).is_file()]
    links = [link(each) for each in files if each.stat().st_size <= LARGEST]
    page, _, part = own["chain"].partition("#")
    if page in places:
        address = html.escape(f"{places[page]}#{part}", quote=True)
        links.append(f'<a target="_blank" href="{address}">{html.escape(own["chain_words"])}</a>')
    paragraphs = [*noted(own["note"]), " · ".join(links)]
    caption = "".join(f"<p>{each}</p>" for each in paragraphs if each)
    if caption:
        found["caption"] = f"{result.get('caption') or ''}{caption}"
    return found


def noted(path: str) -> list[str]:
    """Paragraphs of the file beside a figure that holds its title, note and description, as HTML."""
    if not path or not Path(path).is_file():
        return []
    paragraphs = Path(path).read_text(encoding="utf8").strip().split("\n\n")
    return [html.escape(each.removeprefix("> ").replace("**", "")) for each in paragraphs]


def words_of(path: str) -> str:
    """The words of a page, each line once."""
    if not path.endswith(".html") or not Path(path).is_file():
        return ""
    text = Path(path).read_text(encoding="utf8")
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    lines = (" ".join(html.unescape(each).split()) for each in re.split(r"<[^>]*>", text))
    return "\n".join(dict.fromkeys(line for line in lines if re.search(r"[^\W\d_]", line)))[:MOST]


def link(path: Path) -> str:
    """A file as a link that hands it out, wherever the report is opened."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    name = html.escape(path.name, quote=True)
    return f'<a download="{name}" href="data:{kind};base64,{content}">{path.suffix[1:].upper()}</a>'
