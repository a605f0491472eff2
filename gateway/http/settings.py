"""What the HTTP face can be told."""

from pydantic import Field

from services.common.settings import Count, Port, ProcessSettings


class HttpSettings(ProcessSettings):
    """TLS, credentials and limits are those of the API."""

    http_port: Port = Field(7480, description="The same API in JSON, and the page. 0 takes a free one.")
    http_origins: tuple[str, ...] = Field((), description='JSON, pages elsewhere that may call: ["https://a.example"]')
    http_connections: Count = Field(1_000, description="Connections at once; the next ones are told to come later.")
