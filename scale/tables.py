"""The tables that Spark writes: as those of the archive, in a namespace of their own."""

from pyiceberg.catalog import Catalog

from archive import tables
from archive.tables import Relation

NAMESPACE = "spark"
KAFKA_NAMESPACE = "kafka"


def make_table(catalog: Catalog, relation: Relation, namespace: str) -> str:
    """Returns the name of a relation's table as Spark spells it; it is made if there is none."""
    schema = tables.schema_of(relation)
    catalog.create_namespace_if_not_exists(namespace)
    catalog.create_table_if_not_exists(
        (namespace, relation.name),
        schema,
        partition_spec=tables.partition_of(relation, schema),
        sort_order=tables.sort_of(relation, schema),
        properties=tables.PROPERTIES,
    )
    return f"{catalog.name}.{namespace}.{relation.name}"
