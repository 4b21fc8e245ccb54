"""Microsoft's Graph SDK for Python, imported without its own deprecation warnings."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kiota_abstractions.authentication import (
        AccessTokenProvider,
        AllowedHostsValidator,
        BaseBearerTokenAuthenticationProvider,
    )
    from kiota_http.kiota_client_factory import KiotaClientFactory
    from msgraph.generated.models.invitation import Invitation
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.user import User
    from msgraph.generated.users.users_request_builder import UsersRequestBuilder
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
    from msgraph_core.requests.batch_request_content import BatchRequestContent
    from msgraph_core.requests.batch_request_item import BatchRequestItem
    from msgraph_core.requests.batch_response_content import BatchResponseContent

__all__ = [
    "AccessTokenProvider",
    "AllowedHostsValidator",
    "BaseBearerTokenAuthenticationProvider",
    "BatchRequestBuilder",
    "BatchRequestContent",
    "BatchRequestItem",
    "BatchResponseContent",
    "GraphRequestAdapter",
    "GraphServiceClient",
    "Invitation",
    "KiotaClientFactory",
    "ODataError",
    "User",
    "UsersRequestBuilder",
]
