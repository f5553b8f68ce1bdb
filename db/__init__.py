"""The database: its migrations, its queries, connections to it and the errors it answers with."""
