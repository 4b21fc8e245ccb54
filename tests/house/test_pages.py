"""The templates and styles keep the promises of the content security policy, and none is left over."""

import re

from jinja2 import Environment, nodes

from tests.house.sources import PACKAGE, ROOT, TEMPLATES, python_files

TEXTS = {path.relative_to(TEMPLATES).as_posix(): path.read_text() for path in sorted(TEMPLATES.rglob("*.html"))}
MAILS = {name: text for name, text in TEXTS.items() if name.startswith("mail/")}
PAGES = {name: text for name, text in TEXTS.items() if name not in MAILS}
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))


def test_every_template_is_used() -> None:
    code = [source.text for source in python_files(PACKAGE)]
    quoted = {name for text in (*TEXTS.values(), *code) for name in re.findall(r"""["']([\w/.]+)["']""", text)}
    assert {name for name in PAGES if name not in quoted} == set()


def test_every_mail_is_sent() -> None:
    kinds = {kind for source in python_files(PACKAGE) for kind in re.findall(r"MailKind\.([A-Z_]+)", source.text)}
    quoted = {name for text in MAILS.values() for name in re.findall(r'"([\w.]+)"', text)}
    names = {name.removeprefix("mail/") for name in MAILS}
    assert {name for name in names if name not in quoted and name[:-5].upper() not in kinds} == set()


def test_every_import_of_a_template_is_used() -> None:
    unused = set()
    for name, text in TEXTS.items():
        tree = Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(text)
        used = {node.name for node in tree.find_all(nodes.Name)}
        for node in tree.find_all(nodes.FromImport):
            imported = {entry[1] if isinstance(entry, tuple) else entry for entry in node.names}
            unused |= {f"{name}: {each}" for each in imported - used}
    assert unused == set()


def test_s32_no_page_escapes_from_escaping() -> None:
    pattern = re.compile(r"\|\s*safe\b|autoescape\s+false")
    assert {name for name, text in TEXTS.items() if pattern.search(text)} == set()


def test_s33_no_page_holds_style_or_script_of_its_own() -> None:
    inline = re.compile(
        r"""<style\b|\sstyle\s*=|<script(?![^>]*\bsrc=)|\son[a-z]+\s*=|hx-on|javascript:|["']js:""", re.I
    )
    assert {name: found.group() for name, text in PAGES.items() if (found := inline.search(text))} == {}


def test_s33_no_page_loads_anything_from_elsewhere() -> None:
    elsewhere = re.compile(r"""(?:src|href|action|poster)\s*=\s*["'](?:https?:)?//|url\(\s*["']?(?:https?:)?//""", re.I)
    texts = {**PAGES, **{path.name: path.read_text() for path in (*STYLES, *SCRIPTS)}}
    assert {name for name, text in texts.items() if elsewhere.search(text)} == set()


def test_no_mail_runs_or_loads_anything() -> None:
    active = re.compile(r"<script|<link|<img|<iframe|url\(|\son[a-z]+\s*=|javascript:", re.I)
    assert {name: found.group() for name, text in MAILS.items() if (found := active.search(text))} == {}


def test_a_component_and_its_style_sheet_have_the_same_name() -> None:
    components = {path.stem for path in (TEMPLATES / "components").glob("*.html")}
    sheets = {path.stem for path in (ROOT / "static" / "css" / "components").glob("*.css")}
    words = " ".join(PAGES.values()).replace("-", "_")
    assert {sheet for sheet in sheets - components if sheet not in words} == set()
