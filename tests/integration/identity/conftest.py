import pytest

from convene.storage.database import Database
from factories.site import Site


@pytest.fixture
def site(db: Database, clock) -> Site:
    return Site(db, clock)
