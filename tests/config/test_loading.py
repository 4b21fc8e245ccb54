"""The settings are loaded whole and checked, or everything that is wrong is said at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from selfservice.config.clouds import KNOWN_CLOUDS
from selfservice.config.keys import KEYS, variable_of
from selfservice.config.loading import SettingsError, load_settings
from selfservice.config.settings import CredentialKind, MailKind
from tests.config.installation import HOME, HOME_ID, RESOURCE, RESOURCE_ID, REST, TOP, WHOLE, load, write, wrong

DEMO = "demo = true\n" + WHOLE.replace("https://access.contoso.com", "http://localhost:8080")

CLOUD = """
[clouds.simulator]
login_url = "https://entra.simulator.localhost"
graph_url = "https://entra.simulator.localhost"
loopback = "http://127.0.0.1:5000"
"""


def test_a_complete_file_becomes_settings(tmp_path: Path) -> None:
    settings = load(tmp_path)
    contoso = settings.tenants["contoso"]
    assert settings.base_url == "https://access.contoso.com"
    assert contoso.tenant_id == RESOURCE_ID
    assert contoso.domains == ("contoso.com", "contoso.net")
    assert contoso.cloud == KNOWN_CLOUDS["global"]
    assert contoso.credential.kind is CredentialKind.CERTIFICATE
    assert settings.may_ask(home_id=HOME_ID, resource_id=RESOURCE_ID)
    assert settings.mail.kind is MailKind.SMTP
    assert settings.mail.graph is None
    assert settings.intervals.session_idle == timedelta(minutes=30)


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.instance == tmp_path
    assert settings.tenants["contoso"].credential.file == tmp_path / "contoso.pem"
    assert settings.database_url == f"sqlite:///{tmp_path / 'selfservice.db'}"
    assert settings.queue_url == f"sqlite:///{tmp_path / 'queue.db'}"


@pytest.mark.parametrize("written", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_a_server_keeps_the_database_and_the_queue(tmp_path: Path, written: str) -> None:
    settings = load(tmp_path, environ={"SELFSERVICE_DATABASE_URL": written})
    assert settings.database_url == "postgresql+psycopg://u@h/d"
    assert settings.queue_url == "postgresql://u@h/d"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        environ={
            "SELFSERVICE_BASE_URL": "https://other.contoso.com/",
            "SELFSERVICE_MAIL__SMTP__PORT": "25",
            "SELFSERVICE_MAIL__SMTP__STARTTLS": "no",
            "SELFSERVICE_TENANTS__CONTOSO__DOMAINS": "contoso.org, contoso.eu",
            "SELFSERVICE_REDIRECT_HOSTS": '["myapps.microsoft.com"]',
        },
    )
    assert settings.base_url == "https://other.contoso.com"
    assert settings.mail.smtp is not None
    assert (settings.mail.smtp.port, settings.mail.smtp.starttls) == (25, False)
    assert settings.tenants["contoso"].domains == ("contoso.org", "contoso.eu")
    assert settings.redirect_hosts == ("myapps.microsoft.com",)


def test_a_tenant_with_a_hyphen_is_overridden_too(tmp_path: Path) -> None:
    text = WHOLE.replace("tenants.contoso", "tenants.contoso-east")
    settings = load(tmp_path, text, {"SELFSERVICE_TENANTS__CONTOSO_EAST__NAME": "Contoso East"})
    assert settings.tenants["contoso-east"].name == "Contoso East"


def test_an_installation_may_be_told_by_the_environment_alone(tmp_path: Path) -> None:
    write(tmp_path)
    told = {"SELFSERVICE_SETTINGS": str(tmp_path / "settings.toml"), "SELFSERVICE_TRUSTED_PROXIES": "2"}
    assert load_settings(environ=told).trusted_proxies == 2


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = WHOLE.replace("https://access", "http://access").replace("home = true", "home = 1").replace("smtp.c", "")
    found = wrong(tmp_path, text + '\n[tenants.contoso.nonsense]\nx = "y"\n')
    assert set(found) >= {"base_url", "tenants.fabrikam.home", "tenants.contoso.nonsense.x"}
    assert all("." in said for said in found.values())


def test_each_problem_names_the_key_the_matter_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"mail\.smtp\.host: it is missing\. Add it .*SELFSERVICE_MAIL__SMTP__HOST"):
        load(tmp_path, WHOLE.replace('host = "smtp.contoso.com"', ""))


@pytest.mark.parametrize(
    ("was", "becomes", "key"),
    [
        ('base_url = "https://access.contoso.com"', "", "base_url"),
        ("https://access.contoso.com", "http://access.contoso.com", "base_url"),
        ("https://access.contoso.com", "https://access.contoso.com/app", "base_url"),
        ("https://access.contoso.com", "https://u:p@access.contoso.com", "base_url"),
        ("https://access.contoso.com", "http://localhost:8080", "base_url"),
        ('secret_key_file = "secret_key"', "", "secret_key_file"),
        ('secret_key_file = "secret_key"', 'secret_key = "x"', "secret_key"),
        ('secret_key_file = "secret_key"', 'secret_key_file = "nowhere"', "secret_key_file"),
        ("base_url =", "base_ulr =", "base_ulr"),
        (f'id = "{HOME_ID}"', 'id = "fabrikam.com"', "tenants.fabrikam.id"),
        (f'id = "{HOME_ID}"', 'id = "00000000-0000-0000-0000-000000000000"', "tenants.fabrikam.id"),
        (f'id = "{HOME_ID}"', f'id = "{RESOURCE_ID}"', "tenants.contoso.id"),
        ('name = "Fabrikam"', "", "tenants.fabrikam.name"),
        ('domains = ["fabrikam.com"]', "", "tenants.fabrikam.domains"),
        ('domains = ["fabrikam.com"]', 'domains = ["Fabrikam"]', "tenants.fabrikam.domains"),
        ('domains = ["fabrikam.com"]', 'domains = ["contoso.com"]', "tenants.contoso.domains"),
        ("home = true", "home = false", "tenants.fabrikam"),
        ("home = true", "home = false", "tenants"),
        ("resource = true", "home = true", "tenants"),
        ('requestors_from = ["fabrikam"]', 'requestors_from = ["wingtip"]', "tenants.contoso.requestors_from"),
        ("resource = true", 'resource = true\ncloud = "moon"', "tenants.contoso.cloud"),
        ('certificate_file = "contoso.pem"', "", "tenants.contoso.credential"),
        (
            'certificate_file = "contoso.pem"',
            'certificate_file = "a"\nsecret_file = "b"',
            "tenants.contoso.credential",
        ),
        ('certificate_file = "contoso.pem"', 'secret = "hush"', "tenants.contoso.credential.secret"),
        ("[signin]", '[signin]\ntenant = "consumers"', "signin.tenant"),
        ("[signin]", '[signin]\ntenant = "99999999-9999-4999-8999-999999999999"', "signin.tenant"),
        ("[signin]", '[signin]\ncloud = "china"', "signin.cloud"),
        ("[signin]", f'[signin]\ntenant = "{RESOURCE_ID}"', "signin.tenant"),
        ('kind = "smtp"', 'kind = "pigeon"', "mail.kind"),
        ('sender = "selfservice@contoso.com"', 'sender = "selfservice"', "mail.sender"),
        ("[mail.smtp]", '[mail.smtp]\nuser_name = "u"', "mail.smtp"),
        ("[mail.smtp]", "[mail.smtp]\nport = 0", "mail.smtp.port"),
        ("[mail.smtp]", "[intervals]\nmirror = 0\n[mail.smtp]", "intervals.mirror"),
        ("[mail.smtp]", "[intervals]\nmirror = true\n[mail.smtp]", "intervals.mirror"),
        ("[tenants.contoso]", "[tenants.Contoso_]\nname = 1\n[tenants.contoso]", "tenants.Contoso_.name"),
        ("base_url", 'redirect_hosts = ["https://x.com/"]\nbase_url', "redirect_hosts"),
        ("base_url", "trusted_proxies = -1\nbase_url", "trusted_proxies"),
        ("base_url", 'database_url = "mysql://x"\nbase_url', "database_url"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(tmp_path: Path, was: str, becomes: str, key: str) -> None:
    assert was in WHOLE
    assert key in wrong(tmp_path, WHOLE.replace(was, becomes))


def test_a_file_that_is_not_toml_is_said_to_be_so(tmp_path: Path) -> None:
    assert "cannot be read" in wrong(tmp_path, "base_url = ")[str(tmp_path / "settings.toml")]


def test_a_named_file_that_is_missing_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SELFSERVICE_SETTINGS: there is no file"):
        load_settings(environ={"SELFSERVICE_SETTINGS": str(tmp_path / "none.toml")})


def test_what_the_test_suite_is_told_is_no_key(tmp_path: Path) -> None:
    assert wrong(tmp_path, environ={"SELFSERVICE_REQUIRE_ALL": "1"}) == {}


def test_an_unknown_variable_is_refused_with_a_hint(tmp_path: Path) -> None:
    assert "base_url" in wrong(tmp_path, environ={"SELFSERVICE_BASE_URI": "x"})["SELFSERVICE_BASE_URI"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SELFSERVICE_DEMO", "perhaps"),
        ("SELFSERVICE_MAIL__SMTP__PORT", "twenty"),
        ("SELFSERVICE_TENANTS__CONTOSO__DOMAINS", "[1]"),
        ("SELFSERVICE_TENANTS__CONTOSO__DOMAINS", "["),
    ],
)
def test_a_variable_of_the_wrong_kind_is_refused(tmp_path: Path, variable: str, value: str) -> None:
    assert variable in wrong(tmp_path, environ={variable: value})


def test_every_key_can_be_told_by_a_variable_of_its_own() -> None:
    variables = [variable_of(key.name) for key in KEYS]
    assert len(set(variables)) == len(KEYS)


# --- clouds -----------------------------------------------------------------------------------------------------------


def test_a_cloud_of_ones_own_needs_https_and_may_bring_its_authority(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    cloud = (
        '[clouds.own]\nlogin_url = "https://login.own:8443"\ngraph_url = "https://graph.own/"\nca_bundle = "ca.pem"\n'
    )
    text = WHOLE.replace("[signin]", '[signin]\ncloud = "own"').replace("home = true", 'home = true\ncloud = "own"')
    own = load(tmp_path, text + cloud).signin.cloud
    assert (own.login_url, own.graph_url) == ("https://login.own:8443", "https://graph.own")
    assert own.ca_bundle == tmp_path / "ca.pem"


@pytest.mark.parametrize("address", ["http://login.own", "https://login.own/x", "https://a@login.own", "https://"])
def test_an_address_of_a_cloud_is_https_and_a_host(tmp_path: Path, address: str) -> None:
    cloud = f'[clouds.own]\nlogin_url = "{address}"\ngraph_url = "https://graph.own"\n'
    assert "clouds.own.login_url" in wrong(tmp_path, WHOLE + cloud)


def test_a_cloud_of_microsofts_takes_an_authority_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    settings = load(tmp_path, WHOLE + '\n[clouds.global]\nca_bundle = "ca.pem"\n')
    assert settings.tenants["contoso"].cloud.ca_bundle == tmp_path / "ca.pem"
    found = wrong(tmp_path, WHOLE + '\n[clouds.global]\nlogin_url = "https://evil.example"\n')
    assert "clouds.global.login_url" in found


def test_an_authority_that_is_missing_is_said_to_be_so(tmp_path: Path) -> None:
    assert "clouds.global.ca_bundle" in wrong(tmp_path, WHOLE + '\n[clouds.global]\nca_bundle = "none.pem"\n')


# --- the demo ---------------------------------------------------------------------------------------------------------


def test_the_demo_may_be_on_this_machine_and_have_a_loopback(tmp_path: Path) -> None:
    text = DEMO.replace("[tenants.fabrikam]\n", '[tenants.fabrikam]\ncloud = "simulator"\n')
    text = text.replace("[signin]", '[signin]\ncloud = "simulator"') + CLOUD
    settings = load(tmp_path, text)
    assert settings.demo
    assert settings.signin.cloud.loopback == "http://127.0.0.1:5000"


def test_a_loopback_is_refused_outside_the_demo(tmp_path: Path) -> None:
    assert "demo" in wrong(tmp_path, WHOLE + CLOUD)["clouds.simulator.loopback"]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("http://127.0.0.1:5000", "http://10.0.0.1:5000"),
        ("http://127.0.0.1:5000", "https://127.0.0.1:5000"),
        ("http://127.0.0.1:5000", "http://127.0.0.1.evil.example"),
        ("https://entra.simulator.localhost", "https://login.microsoftonline.com"),
        ("https://entra.simulator.localhost", "https://entra.simulator.localhost:1"),
    ],
)
def test_a_loopback_leads_from_the_reserved_name_to_this_machine_alone(tmp_path: Path, was: str, becomes: str) -> None:
    assert "clouds.simulator.loopback" in wrong(tmp_path, DEMO + CLOUD.replace(was, becomes))


def test_s30_debugging_is_refused_outside_the_demo(tmp_path: Path) -> None:
    assert "FLASK_DEBUG" in wrong(tmp_path, environ={"FLASK_DEBUG": "1"})
    assert wrong(tmp_path, environ={"FLASK_DEBUG": "0"}) == {}
    assert wrong(tmp_path, DEMO, environ={"FLASK_DEBUG": "1"}) == {}


def test_the_parts_of_the_example_are_all_needed(tmp_path: Path) -> None:
    for part in (TOP, REST, HOME, RESOURCE):
        assert wrong(tmp_path, WHOLE.replace(part, ""))
