"""connections use cases."""


class ConnectionService: ...
