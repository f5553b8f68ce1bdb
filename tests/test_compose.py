"""docker-compose.yml and the Dockerfile, checked without a Docker engine."""

import json
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml

from cli import settings
from cli.main import cli
from stack.broker import container as kafka
from stack.database import container as postgres

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
TEXT = COMPOSE.read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
BUILT = [name for name, service in SERVICES.items() if "build" in service]
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:[-?])([^}]*))?\}")
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)


def filled(text: str) -> str:
    """Returns a value as compose substitutes it without a .env."""
    return VARIABLE.sub(lambda match: match[3], text).replace("$$", "$")


def test_the_file_follows_the_compose_specification() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(vendored.read_text())
    faults = jsonschema.Draft202012Validator(schema).iter_errors(yaml.safe_load(TEXT))
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_an_exact_version(name: str) -> None:
    assert re.fullmatch(r"[\w/-]+:v?\d+\.\d+\.\d+(-pg\d+)?", SERVICES[name]["image"])


def test_the_built_image_has_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {SERVICES[name]["image"] for name in BUILT} == {f"stockpulse:{version}"}


def test_images_of_database_and_broker_are_those_of_the_stack() -> None:
    assert SERVICES["timescaledb"]["image"] == postgres.IMAGE
    assert SERVICES["kafka"]["image"] == kafka.IMAGE


def test_the_volume_is_mounted_where_the_image_keeps_its_data() -> None:
    major = int(SERVICES["timescaledb"]["image"].rpartition("-pg")[2])
    path = "/var/lib/postgresql/data" if major < 18 else "/var/lib/postgresql"  # one level up
    assert SERVICES["timescaledb"]["volumes"] == [f"timescaledb-{major}:{path}"]


def test_every_secret_comes_from_a_file_or_the_environment_without_a_default() -> None:
    secrets = [
        (f"{name}: {variable}", value)
        for name, service in SERVICES.items()
        for variable, value in service.get("environment", {}).items()
        if re.search(r"PASSWORD|SECRET|TOKEN|_KEY$", variable)
        or ("://" in str(value) and "@" in value)
    ]
    assert secrets
    literal = [
        where
        for where, value in secrets
        if not re.fullmatch(r"/run/secrets/postgres_password|\$\{[A-Z]+_TOKEN:-\}", value)
    ]
    assert literal == []


@pytest.mark.parametrize("name", SERVICES)
def test_the_services_of_the_database_have_its_password_and_no_others(name: str) -> None:
    values = SERVICES[name].get("environment", {}).values()
    needed = sorted({Path(value).name for value in values if str(value).startswith("/run/secrets")})
    assert SERVICES[name].get("secrets", []) == needed


def test_secrets_are_files_that_git_ignores() -> None:
    """Of a variable, Compose makes none in a read-only container."""
    assert yaml.safe_load(TEXT)["secrets"] == {
        "postgres_password": {"file": "${POSTGRES_PASSWORD_FILE:-./secrets/postgres_password}"}
    }
    assert {".env", "secrets/"} <= {*(ROOT / ".gitignore").read_text().splitlines()}


def megabytes(size: str) -> int:
    """Returns a size as PostgreSQL, Java and Docker write it, in MB."""
    number, unit = re.fullmatch(r"(\d+)([kmg])b?", size.lower()).groups()  # type: ignore[union-attr]
    return int(number) * {"m": 1, "g": 1024}[unit]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_limit_of_memory(name: str) -> None:
    assert 128 <= megabytes(filled(SERVICES[name]["mem_limit"])) <= 4096


def test_the_limit_of_the_database_has_room_for_its_settings() -> None:
    service = SERVICES["timescaledb"]
    settings = dict(
        filled(word).removeprefix("-c").split("=") for word in service["command"] if "=" in word
    )
    limit = megabytes(filled(service["mem_limit"]))
    shared = megabytes(settings["shared_buffers"])
    assert shared <= limit / 4
    assert megabytes(settings["effective_cache_size"]) <= limit * 3 / 4
    # Three workers of autovacuum, and sixteen sorts at a time.
    working = 3 * megabytes(settings["maintenance_work_mem"]) + 16 * megabytes(settings["work_mem"])
    assert shared + megabytes(service["shm_size"]) + working <= limit


@pytest.mark.parametrize("name, variable", [("kafka", "KAFKA_HEAP_OPTS"), ("console", "JAVA_OPTS")])
def test_the_limit_of_a_java_service_has_room_beside_its_heap(name: str, variable: str) -> None:
    heap = re.search(r"-Xmx(\w+)", SERVICES[name]["environment"][variable])
    assert heap
    assert megabytes(SERVICES[name]["mem_limit"]) >= 2 * megabytes(heap[1]) + 256


def test_every_published_port_is_bound_to_localhost() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [p for p in ports if not re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+", p)] == []


def test_no_two_services_publish_the_same_port() -> None:
    ports = [filled(port) for service in SERVICES.values() for port in service.get("ports", [])]
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_the_example_lists_every_variable_with_its_default() -> None:
    used = {match[1]: match[3] for match in VARIABLE.finditer(TEXT) if match[2] == ":-"}
    assert used == EXAMPLE


def test_a_variable_has_the_same_default_everywhere() -> None:
    defaults = {(match[1], match[3]) for match in VARIABLE.finditer(TEXT) if match[2] == ":-"}
    assert len({name for name, _ in defaults}) == len(defaults)
    assert [match[0] for match in VARIABLE.finditer(TEXT) if match[2] is None] == []


@pytest.mark.parametrize("name", BUILT)
def test_every_service_runs_an_existing_command(name: str) -> None:
    words = [filled(word) for word in SERVICES[name]["command"]]
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found, f"{words[0]} is not a command"
        command, words = found, words[1:]
    command.make_context(name, words)  # raises for an unknown option or a value that does not fit


@pytest.mark.parametrize("name", BUILT)
def test_every_environment_is_valid_settings(name: str) -> None:
    environ = {key: filled(value) for key, value in SERVICES[name]["environment"].items()}
    assert settings.read(environ).database_url == ""  # the address is in PG*
    assert {key for key in environ if key.startswith("PG")} == (
        set()
        if name == "simulator"  # it needs no database
        else {"PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD_FILE"}
    )


@pytest.mark.parametrize("name", BUILT)
def test_addresses_name_services(name: str) -> None:
    environ = SERVICES[name]["environment"]
    if host := environ.get("PGHOST"):
        assert host == "timescaledb"
        assert f"timescaledb:{environ['PGPORT']}" == "timescaledb:5432"
    if servers := environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        assert (
            f"INTERNAL://{servers},"
            in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
        )


@pytest.mark.parametrize("name", [name for name in SERVICES if "depends_on" in SERVICES[name]])
def test_every_dependency_can_be_waited_for(name: str) -> None:
    for other, how in SERVICES[name]["depends_on"].items():
        if how["condition"] == "service_completed_successfully":
            assert SERVICES[other]["restart"] == "no"
        else:
            assert how["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("name", BUILT)
def test_a_service_waits_for_the_services_it_connects_to(name: str) -> None:
    environ, awaited = SERVICES[name]["environment"], SERVICES[name].get("depends_on", {})
    if "PGHOST" in environ:
        assert "timescaledb" in awaited
        assert name == "migrate" or "migrate" in awaited
    if "KAFKA_BOOTSTRAP_SERVERS" in environ and name != "api":
        assert "kafka" in awaited


def test_the_api_asks_for_no_keys_as_its_port_is_open_to_this_machine_only() -> None:
    api = SERVICES["api"]
    assert api["environment"]["STOCKPULSE_API_KEYS"] == "off"
    assert [port.partition(":")[0] for port in api["ports"]] == ["127.0.0.1"]


@pytest.mark.parametrize("name", ["loader", "api", "feed"])
def test_the_health_check_asks_the_port_that_the_service_listens_on(name: str) -> None:
    inner = SERVICES[name]["ports"][0].rpartition(":")[2]
    command, environ = SERVICES[name]["command"], SERVICES[name]["environment"]
    assert inner in (*command, *environ.values())
    program, *words = SERVICES[name]["healthcheck"]["test"][1:]
    assert [program, words[0], words[1]] == ["stockpulse", command[0], "--health"]
    # Docker gives it the environment of the service, and no option of its command.
    assert words[2:] == ([] if inner in environ.values() else [command[-2], inner])


def test_every_volume_is_named_and_used() -> None:
    used = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    declared = yaml.safe_load(TEXT)["volumes"]
    names = {mount.split(":")[0] for mount in used if not mount.startswith("./")}
    assert names == set(declared)


def test_every_file_that_is_mounted_exists_and_cannot_be_written_to() -> None:
    files = [
        mount
        for service in SERVICES.values()
        for mount in service.get("volumes", [])
        if mount.startswith("./")
    ]
    assert [mount for mount in files if not mount.endswith(":ro")] == []
    missing = {mount.split(":")[0] for mount in files if not (ROOT / mount.split(":")[0]).exists()}
    assert missing <= {"./feeds.toml"}  # made from feeds.example.toml


def test_prometheus_scrapes_the_ports_on_which_services_serve_metrics() -> None:
    jobs = yaml.safe_load((ROOT / "docs/monitoring/prometheus.yml").read_text())["scrape_configs"]
    targets = {
        target for job in jobs for one in job.get("static_configs", []) for target in one["targets"]
    } | {
        f"{name}:{one['port']}"
        for job in jobs
        for one in job.get("dns_sd_configs", [])
        for name in one["names"]
    }
    inner = {
        name: SERVICES[name]["ports"][0].rpartition(":")[2] for name in ("loader", "api", "feed")
    }
    assert targets == {f"{name}:{port}" for name, port in inner.items()}


def test_grafana_has_the_prometheus_and_the_dashboard_of_the_repository() -> None:
    given = {
        mount.split(":")[0].rpartition("/")[2]: mount.split(":")[1]
        for mount in SERVICES["grafana"]["volumes"]
    }
    provided = ROOT / "docs/monitoring"
    providers = yaml.safe_load((provided / "grafana-provider.yml").read_text())["providers"]
    dashboard = given["grafana-dashboard.json"]
    assert [one["options"]["path"] for one in providers] == [dashboard.rpartition("/")[0]]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == dashboard
    sources = yaml.safe_load((provided / "grafana-datasource.yml").read_text())["datasources"]
    port = SERVICES["prometheus"]["ports"][0].rpartition(":")[2]
    assert [one["url"] for one in sources] == [f"http://prometheus:{port}"]


def test_every_service_but_migrate_restarts_after_a_crash() -> None:
    restarts = {name: service["restart"] for name, service in SERVICES.items()}
    assert restarts.pop("migrate") == "no"
    assert set(restarts.values()) == {"unless-stopped"}


def test_the_files_of_the_image_exist_and_are_in_the_build_context() -> None:
    patterns = (ROOT / ".dockerignore").read_text().split("\n")
    included = {line[1:] for line in patterns if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in packages} <= included
    assert {project["project"]["readme"], *project["project"]["license-files"]} <= included
    assert [name for name in included if not (ROOT / name).exists()] == []


def test_the_image_runs_the_command_as_an_unprivileged_user() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines[-1] == 'ENTRYPOINT ["stockpulse"]'
    users = [line.removeprefix("USER ") for line in lines if line.startswith("USER ")]
    assert [int(user) > 0 for user in users] == [True]
    assert [line for line in lines if line.startswith("FROM ")] == [
        "FROM ${BASE} AS build",
        "FROM ${BASE}",
    ]
    (base,) = [line for line in lines if line.startswith("ARG ")]
    assert re.fullmatch(r"ARG BASE=python:3\.\d+-slim-[a-z]+", base)


def test_the_image_installs_the_tested_versions() -> None:
    tested, installed = (
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements.runtime.txt")
    )
    assert installed
    assert installed < tested


def test_the_image_has_what_the_archive_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = (ROOT / "requirements.runtime.txt").read_text()
    named = [*project["project"]["optional-dependencies"]["archive"], "pyiceberg-core"]
    packages = [re.split(r"[\[<>=~!]", requirement)[0] for requirement in named]
    assert [name for name in packages if not re.search(rf"(?m)^{name}==", lock)] == []


def test_the_archive_is_a_volume_that_the_loader_writes_and_the_api_reads() -> None:
    path = "/var/lib/stockpulse/archive"
    assert f"RUN install --directory --owner=stockpulse {path}" in (ROOT / "Dockerfile").read_text()
    assert SERVICES["loader"]["volumes"] == [f"archive:{path}"]
    assert SERVICES["api"]["volumes"] == [f"archive:{path}:ro"]
    for name in ("loader", "api"):
        assert SERVICES[name]["environment"]["STOCKPULSE_WAREHOUSE"] == "${WAREHOUSE:-}"
    assert path in (ROOT / ".env.example").read_text()


def test_the_image_installs_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = (ROOT / "requirements.runtime.txt").read_text()
    named = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    packages = [re.split(r"[\[<>=~!]", requirement)[0] for requirement in named]
    assert [name for name in packages if not re.search(rf"(?m)^{name}==", lock)] == []
