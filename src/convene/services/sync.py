"""sync use cases."""


class SyncService: ...
