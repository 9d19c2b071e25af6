"""Links lead somewhere, tables are tables, and what the code says of a document is there."""

import re

import hcl2
import pytest
from documents import DOCUMENTS, anchors, blocks, broken_rows, files, links
from stack import ROOT


def of_root(path):
    return str(path.relative_to(ROOT))


def misses(path, link):
    """Why a link of a document leads nowhere, if it does."""
    if re.match(r"(https?|mailto):", link):
        return None
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.exists() or ROOT not in (target, *target.parents):
        return "there is no such file"
    if anchor and (target.suffix != ".md" or anchor not in anchors(target)):
        return "there is no such heading"
    return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=of_root)
def test_every_link_leads_somewhere(path):
    found = {link: misses(path, link) for link in links(path.read_text(encoding="utf-8"))}
    assert {link: why for link, why in found.items() if why} == {}


@pytest.mark.parametrize("link", ["NONE.md", "README.md#no-such-heading", "#no-such-heading", "../../etc/passwd", "LICENSE#x"])
def test_a_link_that_leads_nowhere_is_seen(link):
    assert misses(ROOT / "README.md", link)


def test_headings_have_the_anchors_of_github(tmp_path):
    path = tmp_path / "headings.md"
    path.write_text("# CALL_BUSY\n## Who, `what` & when?\n## [Twice](x)\n## Twice\n", encoding="utf-8")
    assert anchors(path) == {"call_busy", "who-what--when", "twice", "twice-1"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=of_root)
def test_every_row_of_a_table_has_the_cells_of_its_header(path):
    assert not broken_rows(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ["| c", "and more |", "more", "| c | d | e |", "| c |", "| `c | d` | e |"])
def test_a_broken_row_is_seen(row):
    assert broken_rows(f"| a | b |\n|---|---|\n| `x \\| y` | \\| |\n{row}\n") == [row]


def test_a_table_that_is_none_is_seen():
    assert broken_rows("| a | b |\n|---|\n| c | d |\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=of_root)
def test_every_block_says_what_it_is(path):
    """A block without a language is indented, and is commands."""
    assert "" not in [language for language, _ in blocks(path.read_text(encoding="utf-8"))]


def named(text):
    """Documents that a text names from the project's root, with their headings. One may stand beside the file that names it."""
    return re.findall(r"(?<![\w/])((?:docs/[\w/-]+|[A-Z]{4,})\.md\b(?:#[\w-]+)?)", text)


def test_the_documents_that_the_code_names_are_there():
    missing = []
    for path in files("clients", "crates", "tests", "examples", ".github", "template.yaml", "*.toml", "release"):
        if path.suffix == ".md" or str(path) == __file__:
            continue
        for link in named(path.read_text(encoding="utf-8", errors="replace")):
            if misses(ROOT / "README.md", link) and not (path.parent / link).exists():
                missing.append((of_root(path), link))
    assert missing == []


def test_a_name_in_the_code_is_seen():
    assert named("//! See docs/no/such.md#here, (NONE.md) and crates/x/README.md.") == ["docs/no/such.md#here", "NONE.md"]


def test_the_example_for_terraform_can_be_read():
    example = hcl2.loads((ROOT / "examples/terraform/main.tf").read_text(encoding="utf-8"))
    (stack,) = [each for each in example["resource"] if "aws_cloudformation_stack" in str(each)]
    assert "CAPABILITY_AUTO_EXPAND" in str(stack)
    for path in DOCUMENTS:
        for language, content in blocks(path.read_text(encoding="utf-8")):
            if language == "hcl":
                hcl2.loads(content)
