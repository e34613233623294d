"""webhooks use cases."""


class WebhookService: ...
