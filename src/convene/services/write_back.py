"""write_back use cases."""


class WriteBackService: ...
