"""Every command, from the first migration to a replayed reject."""

import re
import signal
import socket
import urllib.error
import urllib.request

import click
import msgspec
import psycopg
import pytest
from click.testing import CliRunner

from cli.main import COMMANDS, cli
from cli.status import Status
from tests import support
from tests.cli.conftest import finished, interrupted, loaded
from tests.db import feeds
from tests.ingest import made


def leaves(command, *path):
    """Returns the words of every command that is not a group."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    return [
        leaf
        for name in command.list_commands(context)
        for leaf in leaves(command.get_command(context, name), *path, name)
    ]


def test_help_lists_every_command_with_a_summary(run, bare):
    ended = run(bare, "--help")
    assert ended.code == 0
    listed = dict(re.findall(r"^  ([a-z]+) +(\S.*)$", ended.out.split("Commands:")[1], re.M))
    assert list(listed) == list(COMMANDS)
    assert all(len(summary) > 10 for summary in listed.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_listed_summary_is_the_first_line_of_the_commands_own_help(name):
    command = cli.get_command(click.Context(cli), name)
    assert command.help.splitlines()[0] == COMMANDS[name]


def test_without_arguments_the_help_is_shown(run, bare):
    ended = run(bare)
    assert "Commands:" in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_the_version_is_printed(run, bare):
    ended = run(bare, "--version")
    assert ended.code == 0
    assert re.search(r"\d+\.\d+\.\d+", ended.out)


@pytest.mark.parametrize("words", leaves(cli), ids=" ".join)
def test_help_of_every_command_begins_with_a_sentence(words):
    result = CliRunner().invoke(cli, [*words, "--help"], catch_exceptions=False)
    assert result.exit_code == 0
    paragraph = result.output.split("\n\n")[1]
    assert re.match(r"\s+[A-Z].*\.$", paragraph, re.DOTALL)


def test_migrate_creates_the_schema_and_can_be_repeated(run, bare, empty_database):
    environ = {**bare, "STOCKPULSE_DATABASE_URL": empty_database}
    for _ in range(2):
        ended = run(environ, "migrate")
        assert (ended.code, ended.out) == (0, "the schema is up to date\n")
    status = run(environ, "--quiet", "status")
    assert status.code == 0


def published(ended):
    assert ended.code == 0, ended.err
    return ended.out.splitlines()[-1]


def test_ndjson_publishes_the_lines_of_standard_input(run, environ, topic, read_topic):
    lines = [made.recent(number).decode() for number in range(3)]
    ended = run(
        environ, "publish", "ndjson", "-", "--topic", topic, given="\n".join(lines) + "\n\n"
    )
    assert published(ended) == "3 messages published"
    assert sorted(record.value.decode() for record in read_topic(topic)) == lines


def test_ndjson_with_a_line_too_long_publishes_the_others_and_fails(
    run, environ, topic, read_topic, tmp_path
):
    file = tmp_path / "ticks.ndjson"
    file.write_bytes(made.recent() + b"\n" + b"x" * 2_000_000 + b"\n")
    ended = run(environ, "publish", "ndjson", str(file), "--topic", topic)
    assert ended.code == 1
    assert ended.out == "1 messages published\n"
    assert re.fullmatch(r"stockpulse: .*line 2 is longer than \d+ bytes", ended.error)
    assert len(read_topic(topic)) == 1


def simulate(run, environ, topic, *words):
    return run(
        environ, "publish", "simulate", "--symbols", "AAPL, MSFT", "--topic", topic, *words
    )  # fmt: skip


def test_simulated_ticks_are_published_loaded_and_counted_by_status(run, environ, topic, query):
    ended = simulate(run, environ, topic, "--count", "500", "--rate", "0")
    assert published(ended) == "500 ticks published"
    ended = run(environ, "load", "--until-end")
    assert ended.code == 0, ended.err
    assert ended.out == loaded(500)
    assert query("select count(*), array_agg(distinct symbol) from market.trades") == [
        (500, ["AAPL", "MSFT"])
    ]
    again = run(environ, "load", "--until-end")
    assert again.out == loaded()
    status = run(environ, "status")
    assert status.code == 0
    assert f"0 messages in {topic}, 4 partitions" in status.out
    assert "500 trades and 0 quotes in the last minute" in status.out
    assert (
        "500 in the last day: 500 stored, 0 duplicates, 0 amended, 0 rejected, 0 ignored"
        in status.out
    )
    assert "rejects   0 messages" in status.out
    assert "waiting   0 amendments" in status.out


def test_status_of_an_empty_database_shows_no_batch_and_no_tick(run, environ):
    ended = run(environ, "status")
    assert ended.code == 0
    assert re.search(r"^database  TimescaleDB [\d.]+ (community|apache)", ended.out, re.M)
    assert "last batch never" in ended.out
    assert "no event yet" in ended.out


def test_status_is_one_json_object(run, environ, topic):
    simulate(run, environ, topic, "--count", "50", "--rate", "0")
    assert run(environ, "load", "--until-end").code == 0
    found = msgspec.json.decode(run(environ, "status", "--json").out, type=Status)
    assert [(lag.topic, lag.partitions, lag.messages) for lag in found.lag] == [(topic, 4, 0)]
    assert (found.loading.stored, found.loading.last_batch_messages) == (50, 50)
    assert [source.source for source in found.feeds.sources] == ["sim"]
    assert found.broker_error is None


def test_status_and_doctor_tell_a_topic_that_loaders_refuse(run, environ, topic, query):
    simulate(run, environ, topic, "--count", "50", "--rate", "0")
    assert run(environ, "load", "--until-end").code == 0
    query("update ops.kafka_offsets set next_offset = 99")
    remedy = (
        "To load the topic from its beginning, run "
        f"delete from ops.kafka_offsets where topic = '{topic}'"
    )
    ended = run(environ, "status")
    [line] = [line for line in ended.out.splitlines() if line.startswith("refused")]
    assert line.startswith(f"refused   by loaders: offset 99 of topic {topic}, partition 0, is")
    assert line.endswith(f"recreated. {remedy}")
    found = msgspec.json.decode(run(environ, "status", "--json").out, type=Status)
    [refused] = [lag.refused for lag in found.lag]
    assert line.endswith(str(refused))
    [finding] = [
        one
        for one in msgspec.json.decode(run(environ, "doctor", "--json").out)
        if one["rule"] == "offsets"
    ]
    assert (finding["severity"], finding["sentence"], finding["remedy"]) == (
        "error",
        refused.fact,
        remedy,
    )


def test_status_as_json_says_that_no_broker_answers(run, environ):
    away = {**environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    found = msgspec.json.decode(run(away, "status", "--json").out, type=Status)
    assert (found.lag, found.dead_letters, found.loading.messages) == (None, None, 0)
    assert "127.0.0.1:1" in found.broker_error


def test_status_has_a_line_for_each_feed(run, environ, fresh_database):
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        feeds.add(
            conn,
            feeds.start(feeds.ago(hours=2)),
            feeds.start(feeds.ago(hours=2), "MSFT"),
            feeds.gap(feeds.ago(minutes=90), feeds.ago(minutes=80), "MSFT"),
            feeds.end(feeds.ago(hours=1)),
            feeds.start(feeds.ago(minutes=50), session="two"),
            feeds.heartbeat(feeds.ago(minutes=3), "two"),
            feeds.start(feeds.ago(days=3), source="old"),
            feeds.heartbeat(feeds.ago(days=2), source="old"),
        )
    ended = run(environ, "status")
    found = [line for line in ended.out.splitlines() if line.startswith("feed")]
    # AAPL between its sessions; MSFT since its gap and since the end of its session
    assert found == [
        "feed      sim: 1 session open, newest marker of 3 min ago, 3 gaps in the last day"
    ]


def test_status_says_if_the_markets_of_a_feed_are_closed(run, environ, fresh_database):
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        feeds.add(
            conn,
            feeds.start(feeds.ago(hours=9), instrument={"calendar": "XNYS"}),
            feeds.end(feeds.ago(hours=2)),
        )
        conn.execute(
            "insert into market.sessions (calendar, session_date, open_at, close_at) values"
            " ('XNYS', current_date - 1, now() - interval '9 hours', now() - interval '3 hours'),"
            " ('XNYS', current_date, now() + interval '15 hours', now() + interval '21 hours')"
        )
    assert (
        "feed      sim: 0 sessions open, newest marker of 2 h ago, 0 gaps in the last day,"
        " markets closed\n"
    ) in run(environ, "status").out


def test_status_accounts_for_all_messages_of_a_day(run, environ, query):
    query(
        "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, seconds) values"
        " ('l', '{}', 21, 1, 2, 3, 4, 11, 7, 8, 0, 0.1),"
        " ('l', '{}', 9, 9, 0, 0, 0, 0, 9, 0, 0, 0.1)"
    )
    query(
        'insert into ops.amendments (topic, partition, "offset", batch, action, kind, symbol,'
        " source, tick_id, ts) values ('t', 0, 0, 1, 'cancel', 'trade', 'A', 'sim', 'x', now())"
    )
    ended = run(environ, "status")
    assert (
        "messages  30 in the last day: 10 stored, 2 duplicates, 3 amended, 4 rejected, 11 ignored"
        in ended.out
    )
    assert "16 trades and 8 quotes in the last minute" in ended.out
    assert "waiting   1 amendments whose originals have not come" in ended.out
    for relation in ("trades", "quotes", "candles_1m", "quote_candles_1d"):
        assert f"\n {relation} " in ended.out


def test_ctrl_c_stops_the_simulator_which_prints_its_count(start, environ, topic, read_topic):
    process = start(environ, "publish", "simulate", "--rate", "200", "--topic", topic)
    support.wait_until(lambda: len(read_topic(topic)) >= 10, "ten ticks are published")
    ended = interrupted(process)
    assert "Traceback" not in ended.err
    count = int(re.search(r"(\d+) ticks published", ended.out)[1])
    assert count == len(read_topic(topic)) >= 10


def test_a_quiet_loader_prints_only_its_summary(run, environ):
    ended = run(environ, "--quiet", "load", "--until-end")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == loaded()


@pytest.fixture
def rejected(run, environ, topic, query):
    """Four rejected messages: one refused by a constraint in the database, three malformed."""
    query("alter table market.trades add constraint no_666 check (price <> 666)")
    lines = [
        made.recent(0).decode(),
        made.recent(1, price="666").decode(),
        "poison",
        made.recent(2, v=2).decode(),
        "[b]poison[/b]",
    ]
    run(environ, "publish", "ndjson", "-", "--topic", topic, given="\n".join(lines))
    ended = run(environ, "load", "--until-end")
    assert ended.out == loaded(1, rejected=4)
    return {
        value: str(number)
        for number, value in query("select id, convert_from(\"value\", 'utf8') from ops.rejects")
    }


def test_rejects_can_be_listed_shown_and_replayed(run, environ, topic, query, rejected):
    listed = run(environ, "rejects", "list")
    assert listed.code == 0
    for number in rejected.values():
        assert re.search(rf"^ *{number} .* {topic} ", listed.out, re.M)
    assert re.search(r"^ not JSON +2 .* \d+ *$", listed.out, re.M)
    assert re.search(r"^ unknown version +1 ", listed.out, re.M)
    one = run(environ, "rejects", "list", "--reason", "unknown version", "--limit", "1")
    assert one.out.count(topic) == 1

    shown = run(environ, "rejects", "show", rejected["poison"])
    assert shown.code == 0
    assert re.search(r"^value +poison$", shown.out, re.M)
    assert re.search(r"^reason +not JSON: ", shown.out, re.M)

    query("alter table market.trades drop constraint no_666")
    replayed = run(environ, "rejects", "replay")
    assert (replayed.code, replayed.out) == (0, "1 messages stored, 3 still rejected\n")
    assert query("select count(*) from market.trades") == [(2,)]
    none = run(environ, "rejects", "replay", "--reason", "refused by the database")
    assert none.out == "0 messages stored, 0 still rejected\n"


def test_rejects_are_one_json_object(run, environ, topic, rejected):
    found = msgspec.json.decode(run(environ, "rejects", "list", "--json").out)
    assert [(one["reason"], one["messages"]) for one in found["reasons"]] == [
        ("not JSON", 2),
        ("refused by the database", 1),
        ("unknown version", 1),
    ]
    assert {str(one["id"]) for one in found["messages"]} == {*rejected.values()}
    assert {one["topic"] for one in found["messages"]} == {topic}
    none = run(environ, "rejects", "list", "--json", "--topic", "other", "--since", "2026-01-01")
    assert msgspec.json.decode(none.out) == {"reasons": [], "messages": []}
    assert run(environ, "rejects", "list", "--topic", "other").out == "no such message\n"


def test_rejects_are_kept_until_they_are_purged(run, environ, query, rejected):
    assert run(environ, "rejects", "purge", "--older-than", "1h", "--yes").out.startswith(
        "no such message was rejected before "
    )
    query("update ops.rejects set rejected_at = now() - interval '31 days' where reason <> 'x'")
    query("update ops.rejects set rejected_at = now() where reason = 'unknown version'")
    words = ("rejects", "purge", "--older-than", "30d", "--reason", "not JSON")
    asked = run(environ, *words, given="n\n")
    assert asked.code == 1
    assert asked.error == "stockpulse: nothing was deleted"
    assert re.search(r"^ not JSON +2 ", asked.out, re.M)
    assert "Delete these 2 messages, rejected before " in asked.out
    assert query("select count(*) from ops.rejects") == [(4,)]
    assert "2 messages deleted, rejected before " in run(environ, *words, given="y\n").out
    assert "rejects   2 messages, oldest " in run(environ, "status").out
    rest = run(environ, "rejects", "purge", "--older-than", "30d", "--yes")
    assert rest.out.startswith("1 messages deleted")
    assert query("select reason from ops.rejects") == [("unknown version",)]


@pytest.mark.parametrize("span", ["30", "0d", "-1d", "1y", "30 d", "1000000d"])
def test_span_that_is_none_is_refused_in_one_line(run, bare, span):
    ended = run(bare, "rejects", "purge", "--older-than", span)
    assert ended.code == 2
    assert "is not a span of time; write it like 30d, 12w or 36h" in ended.error


def test_without_rejects_list_and_replay_say_so(run, environ):
    assert run(environ, "rejects", "list").out == "no message was rejected\n"
    assert run(environ, "rejects", "replay").out == "0 messages stored, 0 still rejected\n"
    missing = run(environ, "rejects", "show", "5")
    assert missing.code == 1
    assert missing.error.startswith("stockpulse: there is no rejected message 5")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_serve_answers_until_a_signal_and_exits_with_0(start, environ, number):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start(environ, "serve", "--port", str(port))

    def answers():
        assert process.poll() is None, process.stderr.read()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                return answer.status == 200
        except urllib.error.URLError:
            return False

    support.wait_until(answers, "the server answers")
    process.send_signal(number)
    ended = finished(process)
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err


def test_sigterm_stops_the_loader_with_exit_code_0(start, environ, query):
    process = start(environ, "load")
    support.wait_until(
        lambda: query("select count(*) from ops.kafka_offsets") == [(4,)],
        "the loader has its partitions",
    )
    process.send_signal(signal.SIGTERM)
    ended = finished(process)
    assert ended.code == 0
    assert "Traceback" not in ended.err
