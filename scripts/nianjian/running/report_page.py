"""Snakemake's report with what it lacks: a page to open on, words to search for, a table's other formats beside it.

Its search looks through paths and through keys called ``columns``, which it never writes; it opens on the graph of rules
unless it has properties of the run to show; one result is one file; and its list of results is as wide as the longest title.
All of these are data that its page is made from.
"""

from __future__ import annotations

import base64
import html
import json
import mimetypes
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

OPTION = "--report"
MOST = 20_000
"""Characters of a page that are looked through: long pages are lists of cities."""
STYLE = """
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
    from snakemake.report.html_reporter import Reporter, data

    results, metadata, prepare = data.render_results, data.render_metadata, Reporter.__post_init__

    def prepared(self: Any) -> None:
        prepare(self)
        self.custom_stylesheet = f"{STYLE}\n{self.custom_stylesheet or ''}"

    def render_results(found: Any, mode_embedded: bool) -> str:
        plain = json.loads(results(found, mode_embedded))
        whole = {path: completed(path, own, reported.get(path)) for path, own in plain.items()}
        # It stands in a script of the page: words of others must not end that.
        return json.dumps(whole).replace("</", "<\\/")

    def render_metadata(own: Mapping[str, Any]) -> str:
        return str(metadata({**own, "Books / 年鉴": html.escape(books)}))

    data.render_results, data.render_metadata = render_results, render_metadata
    Reporter.__post_init__ = prepared


def completed(path: str, result: Mapping[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """One result of the report with words to search for, and with its other formats.

    Parameters
    ----------
    path, result : as Snakemake writes them
    own : what the plan says of it; None of a file of which it says nothing
    """
    if own is None:
        return dict(result)
    text = [own["category"], own["subcategory"], *own["labels"].values(), own["words"], words_of(path)]
    # The search tells capitals apart; so does a page that has both spellings not.
    words = "\n".join(each for each in text if each)
    found = {**result, "columns": {words: "", words.lower(): ""}}
    links = [link(Path(each)) for each in own["downloads"] if Path(each).is_file()]
    if links:
        found["caption"] = f"{result.get('caption') or ''}<p>{' · '.join(links)}</p>"
    return found


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
