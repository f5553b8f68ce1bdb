"""The tables that Spark writes: as those of the archive, in a namespace of their own."""

from archive import tables
from archive.catalog import Catalog
from archive.tables import Relation

NAMESPACE = "spark"
KAFKA_NAMESPACE = "kafka"


def make_table(catalog: Catalog, relation: Relation, namespace: str) -> str:
    """Returns the name of a relation's table as Spark spells it; it is made if there is none."""
    tables.open_table(catalog, relation, namespace)
    return f"{catalog.name}.{namespace}.{relation.name}"
