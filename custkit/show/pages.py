"""Pages for someone who never opens a notebook: a region's report, the index over all regions, a notebook to read."""

import base64
import functools
import hashlib
import re
from pathlib import Path

import bleach
import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from custkit.show import chapters, colours, frames, index_parts, numbers, parts
from custkit.words import Words

# No font, no picture from anywhere, and no script: what a page needs is inside it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

# The one script that there is sorts the table of the index; the browser runs it by its hash, and no other.
SCRIPT = (Path(__file__).parent / "index.js").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(SCRIPT.encode("utf-8")).digest()).decode("ascii")
INDEX_POLICY = f"{POLICY}; script-src 'sha256-{_DIGEST}'"

# What a cell of a notebook may hold. Links lose their target: a page is read where its neighbours may not be.
_TEXT_TAGS = (
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "hr",
    "br",
    "div",
    "span",
)
_TEXT_TAGS += ("a", "strong", "em", "b", "i", "code", "pre", "sub", "sup")
_TABLE_TAGS = ("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td")


def region(folder: Path, *, row: dict, words: Words, ledger: dict, facts: dict) -> str:
    """report.html of a region.

    Parameters
    ----------
    folder : ``regions/<slug>`` with its tables, figures and notebooks
    row : ``region`` (name), ``slug``, ``status`` (done, short, empty), ``customers``, ``buyers``, ``n_orders``,
        ``n_refunds``, ``spend``
    ledger : the document of ledger.json
    facts : ``run`` (name of the data) and ``versions`` (package to version)
    """
    stated = parts.findings(folder, words)
    whose, steps = parts.accounts(folder, row["region"], ledger)
    balances = parts.balances(steps, words)
    told = [
        parts.chapter(chapter, folder, stated, words, ledger["currency"] or "")
        for chapter in chapters.CHAPTERS
    ]
    return _render(
        "region.html",
        words,
        title=parts.region_name(row["region"], words),
        row=row,
        headlines=parts.headlines(stated)
        if row["status"] == "done"
        else [],  # a few customers make no headline
        chapters=[chapter for chapter in told if chapter["shown"]],
        whose=whose,
        balances=balances,
        first_balances=parts.first_balances(balances),
        ledger=ledger,
        warnings=parts.warnings(ledger, words),
        facts=facts,
        rejections=parts.rejections(folder.parents[1], row["region"], words)
        if row["status"] == "empty"
        else [],
        notebooks=parts.notebooks(folder),
        workbook=(folder / "workbook.xlsx").is_file(),
    )


def index(out: Path, *, rows: list[dict], words: Words, ledger: dict, facts: dict) -> str:
    """index.html over all regions.

    ``rows`` has one row for each region, as for ``region``, and, when the whole was run, one for ``all``; a row of
    status ``failed`` has ``failed``: notebook, cell, cell_id and cause. Regions are listed by spend, those
    without a customer last; the whole is the line of totals.
    """
    whole = next((row for row in rows if row["region"] == parts.WHOLE), None)
    regions = sorted(
        (row for row in rows if row["region"] != parts.WHOLE),
        key=lambda row: (row["status"] == "empty", -row["spend"], row["region"]),
    )
    currency = ledger["currency"] or ""
    found = index_parts.read(out, rows)
    balances = parts.balances(ledger["steps"], words)
    told = parts.findings(out / "regions" / whole["slug"], words) if whole else []
    # What differs between regions is told in full right below the headlines.
    stated = [finding for finding in told if finding["chapter"] != "contrasts"]
    return _render(
        "index.html",
        words,
        policy=INDEX_POLICY,
        script=Markup(SCRIPT),
        title=facts["run"],
        total=whole,
        headlines=parts.headlines(stated),
        differences=index_parts.differences(out, rows, words),
        panels=index_parts.panels(regions, found, words, currency),
        most=index_parts.PANELS,
        size=(index_parts.WIDTH, index_parts.HEIGHT),
        fills={"month": colours.CYCLE[1], "partial": colours.QUIET},
        tiers=[
            (words.label("tier3", label), colours.colour("tier3", label)) for label in colours.order("tier3")
        ],
        columns=index_parts.columns(found),
        lines=[index_parts.line(row, rows, found, words, currency) for row in regions],
        whole=whole and index_parts.line(whole, rows, found, words, currency),
        failed=[
            {"name": parts.region_name(row["region"], words), "failed": row["failed"]}
            for row in rows
            if row["status"] == "failed"
        ],
        whose="whole",
        balances=balances,
        first_balances=parts.first_balances(balances),
        ledger=ledger,
        warnings=parts.warnings(ledger, words),
        facts=facts,
    )


def notebook(path: Path, *, words: Words) -> str:
    """An executed notebook as a page that needs no Jupyter: text, code and outputs, pictures with their alt text."""
    document = nbformat.read(path, as_version=4)
    for cell in document.cells:
        for output in cell.get("outputs", []):
            if {"image/png", "image/jpeg"} & set(output.get("data", {})):
                for kind in ("image/png", "image/jpeg"):
                    output.metadata.setdefault(kind, {}).setdefault("alt", words("page.notebook.picture"))
    body, _ = _exporter().from_notebook_node(document)
    heading = next((cell.source for cell in document.cells if cell.cell_type == "markdown"), path.stem)
    return _render(
        "notebook.html",
        words,
        title=heading.splitlines()[0].lstrip("# "),
        body=Markup(body),
        code_css=_code_css(),
    )


def _render(template: str, words: Words, *, policy: str = POLICY, **values: object) -> str:
    return _environment().get_template(template).render(w=words, lang=words.lang, policy=policy, **values)


@functools.cache
def _environment() -> Environment:
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["css"] = Markup((folder / "page.css").read_text(encoding="utf-8"))
    environment.filters |= {
        "count": numbers.count,
        "share": numbers.share,
        "money": numbers.amount,
        "exact_money": numbers.exact_money,
    }
    return environment


@functools.cache
def _exporter() -> HTMLExporter:
    """Body only, by nbconvert's `basic` template: our own page is around it, so that nothing is loaded from outside."""
    settings = {"template_name": "basic", "sanitize_html": True, "exclude_anchor_links": True}
    settings |= {"mathjax_url": "", "require_js_url": "", "jquery_url": "", "exclude_input_prompt": True}
    config = Config({"HTMLExporter": settings | {"exclude_output_prompt": True}})
    return HTMLExporter(config=config, filters={"clean_html": _clean})


def _clean(html: str) -> str:
    """HTML of a cell with the tags of text and tables only; anything else is shown as the text that it is.

    nbconvert's own filter knows no headings, paragraphs and table heads. The styles that pandas writes are left out.
    """
    without_styles = re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL | re.IGNORECASE)
    attributes = {"*": ["class", "colspan", "rowspan"]}
    cleaned = bleach.clean(without_styles, tags={*_TEXT_TAGS, *_TABLE_TAGS}, attributes=attributes)
    return frames.aligned(cleaned)


@functools.cache
def _code_css() -> Markup:
    return Markup(HtmlFormatter(style="friendly").get_style_defs(".highlight"))
