"""A Kafka of Java with certificates, passwords and access rules, made by openssl for the test."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from stack.broker.installation import Installation
from stack.broker.kafka import Node
from stack.broker.topics import answers
from stack.server.ports import free_ports

LISTENERS = ("SSL", "SASL_PLAINTEXT", "SASL_SSL")
PASSWORD = "correct horse"
DAYS = "2"
LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class SecureKafka(NamedTuple):
    """Addresses of the listeners of one broker, and the certificate of their authority."""

    node: Node
    plain: str  # for everybody, as a super user
    ssl: str
    sasl: str
    sasl_ssl: str
    ca: Path
    other_ca: Path  # one that has signed nothing


@contextmanager
def started(found: Installation, home: Path) -> Iterator[SecureKafka]:
    """Gives a running broker whose user `loader` has PASSWORD and, by default, no rights."""
    home.mkdir(parents=True, exist_ok=True)
    keystore = _certificates(home)
    ports = dict(zip(LISTENERS, free_ports(len(LISTENERS)), strict=True))
    node = Node(
        found,
        home / "kafka",
        answers,
        listeners=ports,
        configuration=_configuration(keystore),
    )
    node.start()
    try:
        ssl, sasl, sasl_ssl = (f"localhost:{ports[name]}" for name in LISTENERS)
        yield SecureKafka(
            node, node.bootstrap_servers, ssl, sasl, sasl_ssl, home / "ca.pem", home / "other.pem"
        )
    finally:
        node.stop()


def _configuration(keystore: Path) -> dict[str, str]:
    return {
        "listener.security.protocol.map": ",".join(
            f"{name}:{'PLAINTEXT' if name == 'CONTROLLER' else name}"
            for name in ("CONTROLLER", "PLAINTEXT", *LISTENERS)
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
        **{
            f"listener.name.{name}.plain.sasl.jaas.config": f'{LOGIN} user_loader="{PASSWORD}";'
            for name in ("sasl_plaintext", "sasl_ssl")
        },
        **{
            f"listener.name.{name}.scram-sha-256.sasl.jaas.config": SCRAM
            for name in ("sasl_plaintext", "sasl_ssl")
        },
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }


def _certificates(home: Path) -> Path:
    """Writes ca.pem and other.pem; returns the PEM file of the broker's key and certificate."""
    for name in ("ca", "other"):
        _openssl(
            home,
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS),
            *("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"),
        )
    _openssl(
        home,
        *("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "broker.key"),
        *("-out", "broker.csr", "-subj", "/CN=localhost"),
    )
    (home / "names").write_text("subjectAltName=DNS:localhost\n")  # not 127.0.0.1
    _openssl(
        home,
        *("x509", "-req", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-CAcreateserial", "-days", DAYS, "-extfile", "names", "-out", "broker.pem"),
    )
    keystore = home / "keystore.pem"
    keystore.write_text((home / "broker.key").read_text() + (home / "broker.pem").read_text())
    return keystore


def _openssl(home: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=home, check=True, capture_output=True)
