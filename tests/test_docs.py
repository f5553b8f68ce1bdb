"""The documentation names every command, route and setting, and none that does not exist."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from api.app import routes
from api.errors import Problem
from api.settings import ApiSettings
from cli import settings
from cli.main import cli
from db import secret_files
from ingest.feed import tokens

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")])
TEXTS = {str(path.relative_to(ROOT)): path.read_text() for path in DOCUMENTS}
# Without those that a user of a command does not read.
USER_TEXT = "\n".join(
    text for name, text in TEXTS.items() if name not in ("CHANGELOG.md", "CONTRIBUTING.md")
)
CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SHELL = ("sh", "bash", "console", "shell")

# In pieces, so that the search does not find this file.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("deb", "debian", "org"),
        ("hub", "docker", "com"),
        ("docker", "io"),
        ("ghcr", "io"),
    ]
]


def _commands(group: click.Group, path: str = "stockpulse") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def _routes() -> list[str]:
    """Returns the paths for users: not the redirect at the root, nor the files of a page."""
    paths = {route.path for route in routes(ApiSettings())}
    return sorted(path for path in paths if path != "/" and "{" not in path)


def _shell_lines() -> Iterator[tuple[str, str]]:
    """Yields (document, command line) of every example."""
    for name, text in TEXTS.items():
        for language, code in CODE.findall(text):
            if language in SHELL:
                joined = code.replace("\\\n", " ")
                for line in joined.splitlines():
                    if language != "console" or line.startswith("$ "):
                        yield name, line.removeprefix("$ ").strip()


def _words_after(command: str, line: str) -> list[str] | None:
    """Returns the arguments of `command` in an example, None if it calls something else."""
    words = shlex.split(line, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        del words[0]
    return words[1:] if words[:1] == [command] else None


@pytest.mark.parametrize("command", list(_commands(cli)))
def test_every_command_is_documented(command: str) -> None:
    named = re.search(rf"{command}\b", USER_TEXT)
    assert named, f"no document names `{command}`"


@pytest.mark.parametrize("route", _routes())
def test_every_route_is_documented(route: str) -> None:
    named = re.search(rf"(?<![\w/.]){re.escape(route)}(?![\w/])", USER_TEXT)
    assert named, f"no document names {route}"


@pytest.mark.parametrize("variable", [*settings.variables(), "KAFKA_BOOTSTRAP_SERVERS"])
def test_every_setting_is_documented(variable: str) -> None:
    named = f"`{variable}`" in USER_TEXT
    assert named, f"no document names {variable}"


def test_documented_defaults_are_the_defaults() -> None:
    rows = re.findall(r"^\| `(STOCKPULSE_\w+)` \| `([^`]*)` \|", TEXTS["docs/settings.md"], re.M)
    documented = dict(rows)
    assert documented
    assert settings.read(documented) == settings.read({})
    without = {
        "STOCKPULSE_DATABASE_URL",
        "STOCKPULSE_API_DATABASE_URL",
        "STOCKPULSE_SPARK_JARS",
        "STOCKPULSE_WAREHOUSE",
    }
    assert {*settings.variables()} - {*documented} == without


def test_every_documented_setting_exists() -> None:
    known = {*settings.variables(), *settings.STACK_VARIABLES, *tokens.variables()}
    known |= {*secret_files.variables()}
    named = {
        (name, variable)
        for name, text in TEXTS.items()
        for variable in re.findall(r"(?<!_)STOCKPULSE_[A-Z_]*[A-Z]", text)
    }
    assert [pair for pair in sorted(named) if pair[1] not in known] == []


def test_every_example_uses_existing_commands_and_options() -> None:
    for document, line in _shell_lines():
        words = _words_after("stockpulse", line)
        if words is None:
            continue
        command: click.Command = cli
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(click.Context(command), words[0])
            assert found, f"{document}: {line}: there is no {words[0]}"
            command, words = found, words[1:]
        options = {option for parameter in command.params for option in parameter.opts}
        given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert given <= options | {"--help", "-h"}, f"{document}: {line}"


def test_every_problem_is_in_the_table_of_errors() -> None:
    table = TEXTS["docs/rest.md"].partition("\n## Errors\n")[2]
    problems = {Problem, *_subclasses(Problem)}
    rows = [f"| {one.status} | {one.slug} |" for one in problems if one.slug]
    assert len(rows) > 10
    assert [row for row in rows if row not in table] == []


def _subclasses(one: type[Problem]) -> Iterator[type[Problem]]:
    for kind in one.__subclasses__():
        if kind.__module__ == "api.errors":  # not those that a dialect has for itself
            yield kind
        yield from _subclasses(kind)


def test_every_test_that_a_document_names_exists() -> None:
    tests = "".join(path.read_text() for path in ROOT.glob("tests/**/test_*.py"))
    named = {
        (name, test) for name, text in TEXTS.items() for test in re.findall(r"`(test_\w+)`", text)
    }
    assert len(named) > 10
    assert [pair for pair in sorted(named) if f"def {pair[1]}(" not in tests] == []


def test_every_documented_make_target_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (name, target)
        for name, text in TEXTS.items()
        for target in re.findall(r"`make ([a-z]+)", text)
    }
    named |= {
        (name, words[0])
        for name, line in _shell_lines()
        if (words := _words_after("make", line)) and not words[0].startswith("-")
    }
    assert named
    assert [pair for pair in sorted(named) if pair[1] not in targets] == []


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_leads_to_an_existing_file(name: str) -> None:
    missing = []
    for target in LINK.findall(CODE.sub("", TEXTS[name])):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", path):
            continue
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            missing.append(target)
    assert missing == []


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", file.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_no_example_reads_a_price_as_a_float() -> None:
    found = [
        (name, code)
        for name, text in TEXTS.items()
        for _, code in CODE.findall(text)
        if re.search(r"\bfloat\(|double precision|::float|\bfloat8\b|\breal\b", code)
    ]
    assert found == []


def test_decisions_are_numbered_without_gaps_and_have_three_parts() -> None:
    records = [path for path in DOCUMENTS if path.parent.name == "decisions"]
    assert [int(path.name[:4]) for path in records] == [*range(1, len(records) + 1)]
    for path in records:
        headings = re.findall(r"^(#+ .+)$", path.read_text(), re.MULTILINE)
        assert headings[0].startswith(f"# {int(path.name[:4])}. "), path.name
        assert headings[1:] == ["## Context", "## Decision", "## Consequence"], path.name


def test_no_file_names_the_host_of_a_package_registry() -> None:
    pattern = "|".join(rf"(^|[^a-z0-9-]){re.escape(host)}" for host in REGISTRIES)
    found = subprocess.run(
        ["git", "grep", "-InE", "-e", pattern], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert found.returncode in (0, 1), found.stderr  # 1: nothing found
    assert found.stdout == ""


def test_the_index_links_every_page() -> None:
    linked = {target.partition("#")[0] for target in LINK.findall(TEXTS["docs/README.md"])}
    pages = {str(path.relative_to(ROOT / "docs")) for path in ROOT.glob("docs/**/*.md")}
    unlinked = pages - linked - {"README.md"}
    assert {page for page in unlinked if not page.startswith("decisions/")} == set()


def test_terms_of_the_glossary_are_in_alphabetical_order() -> None:
    terms = re.findall(r"^\| `?(\w[\w -]*)`? \|", TEXTS["docs/glossary.md"], re.MULTILINE)[1:]
    assert len(terms) > 30
    assert terms == sorted(terms, key=str.lower)


def test_every_documented_relation_and_function_exists() -> None:
    catalogs = "".join(path.read_text() for path in ROOT.glob("tests/db/catalog.*.txt"))
    existing = set(re.findall(r"\b((?:market|ops)\.\w+)", catalogs))
    unknown = [
        (document, name)
        for document, text in TEXTS.items()
        if not document.startswith("docs/how-to/")  # they name what is to be created
        for name in re.findall(r"(?<![\w.])((?:market|ops)\.[a-z]\w+)\b(?<!_)", text)
        if name not in existing
    ]
    assert unknown == []
