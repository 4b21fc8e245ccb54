"""Microsoft's own Graph SDK, a client we did not write, against the simulator."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from tests.simulator.clients import Simulated
from tests.simulator.naming import OIDS
from tests.simulator.sdk import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
    BatchRequestBuilder,
    BatchRequestContent,
    BatchRequestItem,
    BatchResponseContent,
    GraphRequestAdapter,
    GraphServiceClient,
    Invitation,
    KiotaClientFactory,
    ODataError,
    User,
    UsersRequestBuilder,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class FixedToken(AccessTokenProvider):
    """Carry a token we already have."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator([])


def with_sdk(sim: Simulated, work: Callable[[GraphServiceClient], Coroutine[Any, Any, Any]]) -> Any:
    provider = BaseBearerTokenAuthenticationProvider(FixedToken(sim.app_token("Contoso")))

    async def run() -> Any:
        # The SDK wraps this transport and does not pass on its closing.
        async with httpx.AsyncHTTPTransport() as transport:
            http = KiotaClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=transport))
            adapter = GraphRequestAdapter(provider, client=http)
            adapter.base_url = f"{sim.url}/v1.0"
            return await work(GraphServiceClient(request_adapter=adapter))

    return asyncio.run(run())


def test_the_sdk_reads_all_users_page_by_page(sim: Simulated) -> None:
    sim.tenant("Contoso").behaviour.page_size = 5

    async def work(client: GraphServiceClient) -> list[str]:
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id", "mail"])
        configuration = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(query_parameters=query)
        page = await client.users.get(request_configuration=configuration)
        found: list[str] = []
        while page is not None:
            found += [str(user.id) for user in page.value or []]
            link = page.odata_next_link
            page = await client.users.with_url(link).get() if link else None
        return found

    assert with_sdk(sim, work) == list(sim.tenant("Contoso").users.live)


def test_the_sdk_invites_and_changes_a_guest(sim: Simulated) -> None:
    async def work(client: GraphServiceClient) -> tuple[Any, Any]:
        wish = Invitation(invited_user_email_address="gus@partner.example", invite_redirect_url="http://localhost/")
        invitation = await client.invitations.post(wish)
        assert invitation is not None
        assert invitation.invited_user is not None
        key = str(invitation.invited_user.id)
        await client.users.by_user_id(key).patch(User(company_name="Partner Ltd", account_enabled=True))
        await client.users.by_user_id(key).revoke_sign_in_sessions.post()
        return invitation, await client.users.by_user_id(key).get()

    invitation, user = with_sdk(sim, work)
    assert invitation.status == "PendingAcceptance"
    assert invitation.invite_redeem_url.startswith(f"http://localhost:{sim.running.port}/redeem?rd=")
    assert user.mail == "gus@partner.example"
    assert sim.tenant("Contoso").users.live[user.id]["companyName"] == "Partner Ltd"


def test_the_sdk_understands_a_refusal(sim: Simulated) -> None:
    async def work(client: GraphServiceClient) -> ODataError:
        with pytest.raises(ODataError) as caught:
            await client.users.by_user_id("00000000-0000-4000-8000-00000000dead").get()
        return caught.value

    error = with_sdk(sim, work)
    assert error.response_status_code == 404
    assert error.error.code == "Request_ResourceNotFound"
    assert error.error.inner_error.request_id


def test_the_sdk_follows_a_delta(sim: Simulated) -> None:
    async def work(client: GraphServiceClient) -> tuple[int, list[User]]:
        page = await client.users.delta.get()
        assert page is not None
        assert page.odata_delta_link
        sim.tenant("Contoso").users.change(OIDS["bob@contoso.example"], {"jobTitle": "Chief"})
        changed = await client.users.delta.with_url(page.odata_delta_link).get()
        assert changed is not None
        return len(page.value or []), changed.value or []

    first, second = with_sdk(sim, work)
    assert first == len(sim.tenant("Contoso").users.live)
    assert [user.job_title for user in second] == ["Chief"]


def test_the_sdk_waits_out_a_throttled_answer(sim: Simulated) -> None:
    fault = sim.fault("throttle", times=1, retry_after=1, match={"path": "/v1.0/groups"})

    async def work(client: GraphServiceClient) -> int:
        page = await client.groups.get()
        assert page is not None
        return len(page.value or [])

    assert with_sdk(sim, work) == len(sim.tenant("Contoso").groups.live)
    [shown] = sim.control("GET", "/faults")["faults"]
    assert (shown["id"], shown["hits"]) == (fault, 1)


def test_the_sdk_sends_a_batch_and_tells_its_answers_apart(sim: Simulated) -> None:
    async def work(client: GraphServiceClient) -> dict[str, int]:
        batch = BatchRequestContent()
        bob = client.users.by_user_id(OIDS["bob@contoso.example"]).to_get_request_information()
        nobody = client.users.by_user_id("00000000-0000-4000-8000-00000000dead").to_get_request_information()
        wish = Invitation(invited_user_email_address="kim@partner.example", invite_redirect_url="http://localhost/")
        invitation = client.invitations.to_post_request_information(wish)
        for name, request in (("bob", bob), ("nobody", nobody), ("kim", invitation)):
            # A part's url is relative (https://learn.microsoft.com/graph/json-batching); the SDK leaves it whole.
            request.path_parameters["baseurl"] = ""
            item = BatchRequestItem(request, id=name)
            batch.add_request(name, item)
        answer = await BatchRequestBuilder(client.request_adapter).post(batch)
        assert isinstance(answer, BatchResponseContent)
        return dict(answer.get_response_status_codes())

    assert with_sdk(sim, work) == {"bob": 200, "nobody": 404, "kim": 201}
    assert "kim@partner.example" in {user["mail"] for user in sim.tenant("Contoso").users.live.values()}
