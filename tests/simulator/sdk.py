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

__all__ = [
    "AccessTokenProvider",
    "AllowedHostsValidator",
    "BaseBearerTokenAuthenticationProvider",
    "GraphRequestAdapter",
    "GraphServiceClient",
    "Invitation",
    "KiotaClientFactory",
    "ODataError",
    "User",
    "UsersRequestBuilder",
]
