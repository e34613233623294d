"""rules use cases."""


class RulesService: ...
