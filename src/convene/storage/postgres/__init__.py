"""The parts of the embedded PostgreSQL server. `convene.storage.embedded` is the way in."""
