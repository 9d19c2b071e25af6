"""The project's documents, as a Markdown parser reads them."""

import os
import re
import shlex
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from stack import ROOT

PARSER = MarkdownIt("commonmark").enable("table")


# Folders that hold what is installed or built.
_OTHERS = {".aws-sam", ".git", ".pytest_cache", ".tools", "__pycache__", "node_modules", "target"}


@cache
def _files():
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in _OTHERS]
        found += [Path(folder, name) for name in names]
    return sorted(found)


def files(*patterns):
    """Files of the project. A pattern is a folder, a file, or the end of a name after an asterisk."""

    def matches(path):
        name = path.relative_to(ROOT).as_posix()
        return any(fnmatch(name, pattern) or name.startswith(f"{pattern}/") for pattern in patterns)

    return [path for path in _files() if matches(path)]


# What the reference is made from becomes documents elsewhere.
DOCUMENTS = [path for path in files("*.md") if path.parent != ROOT / "crates/reference/text"]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def _flat(tokens):
    for token in tokens:
        yield token
        yield from token.children or ()


def tokens(text):
    return list(_flat(PARSER.parse(text)))


def links(text):
    """Where links and pictures lead."""
    found = (token.attrGet("href") or token.attrGet("src") for token in tokens(text) if token.type in ("link_open", "image"))
    return [each for each in found if each]


@cache
def anchors(path):
    """What a link to a heading of a document may end with, by GitHub's rules."""
    found, parsed = [], PARSER.parse(path.read_text(encoding="utf-8"))
    for token, following in zip(parsed, parsed[1:]):
        if token.type == "heading_open":
            title = "".join(each.content for each in following.children if each.type in ("text", "code_inline"))
            slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            count = sum(each == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", each) is not None for each in found)
            found.append(f"{slug}-{count}" if count else slug)
    return set(found)


def cells(row):
    """The cells of a table's row: a pipe in code divides too, unless there is a backslash before it."""
    found = escapedSplit(row.strip())
    return len(found[found[0] == "" : len(found) - (found[-1] == "")])


def broken_rows(text):
    """Rows of tables that have more or fewer cells than the header, and rows that are in no table."""
    broken, lines, width = [], text.splitlines(), None
    for token in PARSER.parse(text):
        if token.type == "thead_open":
            width = cells(lines[token.map[0]])
        elif token.type == "table_close":
            width = None
        elif token.type == "tr_open" and cells(lines[token.map[0]]) != width:
            broken.append(lines[token.map[0]])
        elif token.type == "inline" and width is None:
            broken += [line for line in token.content.splitlines() if line.startswith("|")]
    return broken


def blocks(text):
    """(language, content) of each block of code. The language of an indented block is None."""
    for token in tokens(text):
        if token.type in ("fence", "code_block"):
            yield (token.info.strip() if token.type == "fence" else None), token.content


def sections(text):
    """Heading -> the block of code below it."""
    found, title = {}, None
    for token in PARSER.parse(text):
        if token.type == "inline" and token.level == 1 and token.map and title is None:
            title = token.content
        elif token.type == "heading_open":
            title = None
        elif token.type == "fence":
            found[title] = token.content
    return found


def commands(text):
    """The command lines of a document: those of its indented blocks, joined where they go over several lines."""
    for language, content in blocks(text):
        if language is None:
            yield from content.replace("\\\n", " ").splitlines()


def phrases(text):
    """What stands in the text as code."""
    return [token.content for token in tokens(text) if token.type == "code_inline"]


def parts(line):
    """The words of each program that a command line runs, without redirections and what is set for it."""
    inner = re.findall(r"\$\((.*)\)", line)
    line = re.sub(r"\$\(.*\)", "SUBSTITUTED", line)
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found, redirected = [[]], False
    for word in lexer:
        if set(word) <= set("();|&"):
            found.append([])
        elif set(word) <= set("<>"):
            redirected = True
        elif redirected:
            redirected = False
        elif found[-1] or not re.match(r"\w+=", word):
            found[-1].append(word)
    return [words for words in found if words] + [words for each in inner for words in parts(each)]
