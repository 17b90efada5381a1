"""Pages for someone who never opens a notebook: a region's report, the index over all regions, a notebook to read."""

import functools
import re
from decimal import Decimal
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from custkit import schema
from custkit.show import colours, numbers, parts
from custkit.words import Words

# No script, no font, no picture from anywhere: what a page needs is inside it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_NUMBER = re.compile(
    r"(\d{4}-\d{2}-\d{2}|(?:[A-Z]{3} |[−-])?[£$€¥₩]?\d[\d,]*(?:\.\d+)?\s?(?:%|万|亿|bn\b|m\b|k\b)?)"
)


def region(folder: Path, *, row: dict, words: Words, ledger: dict, facts: dict) -> str:
    """report.html of a region.

    Parameters
    ----------
    folder : ``regions/<slug>`` with its tables, figures and the notebooks' pages
    row : region, slug, status (done, short, empty), customers, buyers, n_orders, n_refunds, spend (decimal text), and
        ``quarantined``: rows of this region set aside, as a list of rule and rows
    ledger : the document of ledger.json
    facts : ``run`` (name of the data) and ``versions`` (package to version)
    """
    findings = parts.findings(folder, words)
    currency = ledger["currency"] or ""
    empty = row["status"] == "empty"
    sections = (
        []
        if empty
        else [parts.section(folder, number, findings, words, currency) for number in schema.NOTEBOOK_TABLES]
    )
    return _render(
        "region.html",
        words,
        title=parts.region_name(row["region"], words),
        row=row,
        headlines=parts.headlines(findings),
        sections=[section for section in sections if section["shown"]],
        balances=parts.balances(ledger, words),
        ledger=ledger,
        facts=facts,
        quarantined=parts.quarantined(row, words),
        notebooks=parts.notebooks(folder),
    )


def index(out: Path, *, rows: list[dict], words: Words, ledger: dict, facts: dict) -> str:
    """index.html over all regions.

    ``rows`` holds one row for each region, as for ``region``, and one for ``all``; a row of status ``failed`` has
    ``failed``: notebook, cell and cause. Regions are listed by spend, the whole as the last line.
    """
    whole = next((row for row in rows if row["region"] == parts.WHOLE), None)
    regions = sorted(
        (row for row in rows if row["region"] != parts.WHOLE),
        key=lambda row: (row["status"] == "empty", -Decimal(row["spend"]), row["region"]),
    )
    findings = parts.findings(out / "regions" / whole["slug"], words) if whole else {}
    return _render(
        "index.html",
        words,
        title=facts["run"],
        whole=parts.line(out, whole, whole, regions, words) if whole else None,
        lines=[parts.line(out, row, whole, regions, words) for row in regions],
        tiers=[
            (words.label("tier3", label), colours.colour("tier3", label)) for label in colours.order("tier3")
        ],
        headlines=parts.headlines(findings),
        balances=parts.balances(ledger, words),
        ledger=ledger,
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


def _render(template: str, words: Words, **values: object) -> str:
    return _environment().get_template(template).render(w=words, lang=words.lang, policy=POLICY, **values)


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
        "money": lambda value, currency: numbers.money(value, currency, 0 if abs(value) >= 1000 else None),
        "exact_money": numbers.exact_money,
        "emphasise": _emphasise,
    }
    return environment


@functools.cache
def _exporter() -> HTMLExporter:
    """Body only, by nbconvert's `basic` template: our own page is around it, so that nothing is loaded from outside."""
    settings = {"template_name": "basic", "sanitize_html": True, "exclude_anchor_links": True}
    settings |= {"mathjax_url": "", "require_js_url": "", "jquery_url": "", "exclude_input_prompt": True}
    return HTMLExporter(config=Config({"HTMLExporter": settings | {"exclude_output_prompt": True}}))


@functools.cache
def _code_css() -> Markup:
    return Markup(HtmlFormatter(style="friendly").get_style_defs(".highlight"))


def _emphasise(text: str) -> Markup:
    """A finding with its numbers set in bold."""
    parts = _NUMBER.split(text)  # text, number, text, number, ..., text
    return Markup().join(
        Markup("<b>{}</b>").format(part) if position % 2 else escape(part)
        for position, part in enumerate(parts)
    )
