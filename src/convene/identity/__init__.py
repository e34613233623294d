"""The identity layer shared by the scheduling platform and Connect."""

from convene.identity.service import Identity, operator

__all__ = ["Identity", "operator"]
