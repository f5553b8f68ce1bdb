"""KAFKA_BOOTSTRAP_SERVERS and the names of KAFKA_CONF_ variables."""

import pytest

from db.errors import SettingsError
from ingest.kafka.settings import other_variables


@pytest.mark.parametrize(
    "text, servers",
    [
        ("kafka:9092", "kafka:9092"),
        ("a:1, b:2", "a:1,b:2"),
        (" a:1 ,\n b:2 , ", "a:1,b:2"),
        ("kafka", "kafka"),
        ("[::1]:9092,10.0.0.1:9092", "[::1]:9092,10.0.0.1:9092"),
        ("", "127.0.0.1:9092"),
    ],
)
def test_a_list_of_servers_may_have_blanks(text, servers):
    assert other_variables({"KAFKA_BOOTSTRAP_SERVERS": text})["bootstrap_servers"] == servers


@pytest.mark.parametrize(
    "text", [" , ", "kafka:9092 other:9092", "kafka://a:1", "a:port", "a:99999", "a:0", ":9092"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(SettingsError, match="KAFKA_BOOTSTRAP_SERVERS") as refused:
        other_variables({"KAFKA_BOOTSTRAP_SERVERS": text})
    assert repr(text) in str(refused.value)


def test_no_message_prints_a_password_in_an_address():
    with pytest.raises(SettingsError) as refused:
        other_variables({"KAFKA_BOOTSTRAP_SERVERS": "kafka://u:secret@a:1"})
    assert "secret" not in str(refused.value)


def test_an_empty_variable_counts_as_unset():
    found = other_variables({"KAFKA_CONF_SASL_PASSWORD": "", "KAFKA_CONF_CLIENT_ID": "x"})
    assert found["kafka_conf"] == {"client.id": "x"}
