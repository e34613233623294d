"""Settings: what is read, what is refused and how it says so, and that every one is documented."""

import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from convene.security.sealing import SealingKey
from convene.settings import SETTINGS, Settings, SettingsError

ROOT = Path(__file__).parents[2]
KEY = SealingKey(bytes(32)).format()


def read(**environ: str) -> Settings:
    return Settings.from_env({"HOME": "/home/ana", **environ})


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(**environ)
    return caught.value.problems


def test_nothing_set_gives_a_working_installation_on_this_machine():
    settings = read()
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.is_embedded
    assert settings.conferencing_url == "https://meet.jit.si/{room}"
    assert settings.scheduling_url is None
    assert settings.allow_private_targets == ()
    assert settings.warnings == ()


def test_everything_set_is_read():
    settings = read(
        DATABASE_URL="postgresql://convene:hunter2@db/convene",
        CONVENE_DATA="/srv/convene",
        CONVENE_BASE_URL="https://Meet.Example.com/",
        CONVENE_HOST="0.0.0.0",
        CONVENE_PORT="9000",
        CONVENE_ALLOWED_HOSTS="a.example.com, B.example.com",
        CONVENE_TRUSTED_PROXIES="10.0.0.0/8 192.0.2.1",
        CONVENE_SECRET_KEY=f"{KEY},{KEY}",
        CONVENE_ALLOW_PRIVATE_TARGETS="127.0.0.1,nas.example.com, 192.168.1.0/24",
        CONVENE_CONFERENCING_URL="OFF",
        CONVENE_SCHEDULING_URL="https://platform.example.com/",
        CONVENE_JOBS_CONCURRENCY="3",
        CONVENE_DATABASE_CONNECTIONS="40",
        CONVENE_LOG_LEVEL="Debug",
        CONVENE_TEST_DATABASE_URL="anything",
    )
    assert settings.database_url is not None
    assert settings.database_url.reveal() == "postgresql://convene:hunter2@db/convene"
    assert settings.data_dir == Path("/srv/convene")
    assert settings.database_dir == Path("/srv/convene/postgres")
    assert settings.base_url == "https://meet.example.com"
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)
    assert settings.allowed_hosts == ("a.example.com", "b.example.com")
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")
    assert settings.sealing_keys() == (SealingKey(bytes(32)),) * 2
    assert settings.allow_private_targets == ("127.0.0.1", "nas.example.com", "192.168.1.0/24")
    assert settings.conferencing_url == ""
    assert settings.scheduling_url == "https://platform.example.com"
    assert (settings.jobs_concurrency, settings.database_connections, settings.log_level) == (3, 40, "debug")
    assert settings.warnings == ()


def test_a_national_cloud_is_read():
    found = read(
        CONVENE_MICROSOFT_CLIENT_ID="5e0b6a0e",
        CONVENE_MICROSOFT_CLIENT_SECRET="hunter2",
        CONVENE_MICROSOFT_TENANT="contoso.example",
        CONVENE_MICROSOFT_LOGIN_URL="https://login.microsoftonline.us/",
        CONVENE_MICROSOFT_GRAPH_URL="https://graph.microsoft.us",
    ).microsoft
    assert (found.client_id, found.client_secret.reveal(), found.tenant) == (
        "5e0b6a0e",
        "hunter2",
        "contoso.example",
    )
    assert (found.login_url, found.graph_url) == (
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
    )
    assert "hunter2" not in repr(found)


def test_no_secret_shows():
    settings = read(DATABASE_URL="postgresql://convene:hunter2@db/convene", CONVENE_SECRET_KEY=KEY)
    assert "hunter2" not in repr(settings)
    assert KEY not in repr(settings)


def test_the_command_line_wins_and_what_is_left_out_there_does_not():
    settings = Settings.from_env(
        {"CONVENE_PORT": "9000", "CONVENE_DATA": "/a", "CONVENE_HOST": "::1"},
        {"port": 9100, "data_dir": "/b", "host": None},
    )
    assert (settings.host, settings.port, settings.data_dir) == ("::1", 9100, Path("/b"))
    assert settings.base_url == "http://[::1]:9100"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://db/x", "must be an address such as postgresql://"),
        ("CONVENE_BASE_URL", "convene.example.com", "must be an address such as https://"),
        ("CONVENE_BASE_URL", "https://example.com/convene", "a host name of its own"),
        ("CONVENE_BASE_URL", "https://ana:pw@example.com", "must be an address such as"),
        ("CONVENE_BASE_URL", "https://example.com:99999", "must be an address such as"),
        ("CONVENE_BASE_URL", "javascript:alert(1)", "must be an address such as"),
        ("CONVENE_PORT", "0", "from 1 to 65535"),
        ("CONVENE_PORT", "http", "from 1 to 65535"),
        ("CONVENE_PORT", "-1", "from 1 to 65535"),
        ("CONVENE_ALLOWED_HOSTS", "https://a.example.com", "without port"),
        ("CONVENE_TRUSTED_PROXIES", "proxy", "must list addresses or networks"),
        ("CONVENE_SECRET_KEY", "hunter2", "openssl rand -base64 32"),
        ("CONVENE_ALLOW_PRIVATE_TARGETS", "http://nas", "must list hosts or networks"),
        ("CONVENE_ALLOW_PRIVATE_TARGETS", "10.0.0.0/64", "must list hosts or networks"),
        ("CONVENE_CONFERENCING_URL", "https://meet.example.com", "{room}"),
        ("CONVENE_CONFERENCING_URL", "http://meet.example.com/{room}", "{room}"),
        ("CONVENE_SCHEDULING_URL", "platform", "must be an address such as"),
        ("CONVENE_MICROSOFT_CLIENT_ID", "5e0b6a0e", "belong together"),
        ("CONVENE_MICROSOFT_TENANT", "contoso/oauth2", "must be common, organizations, consumers"),
        ("CONVENE_MICROSOFT_TENANT", "..", "must be common, organizations, consumers"),
        ("CONVENE_MICROSOFT_LOGIN_URL", "login.microsoftonline.us", "must be an address such as"),
        ("CONVENE_MICROSOFT_GRAPH_URL", "ftp://graph", "must be an address such as"),
        ("CONVENE_JOBS_CONCURRENCY", "0", "from 1 to 200"),
        ("CONVENE_DATABASE_CONNECTIONS", "many", "from 4 to 500"),
        ("CONVENE_LOG_LEVEL", "loud", "must be one of debug, info, warning, error"),
        ("CONVENE_POSTGRES_BIN", "/nowhere", "must be a directory with PostgreSQL's programs"),
    ],
)
def test_a_mistake_names_its_variable_and_the_remedy(name, value, says):
    (problem,) = problems(**{name: value})
    assert problem.startswith(name + " ")
    assert says in problem


def test_a_wrong_key_is_not_repeated():
    assert "hunter2" not in str(problems(CONVENE_SECRET_KEY="hunter2"))


def test_a_wrong_database_address_is_not_repeated():
    assert "hunter2" not in str(problems(DATABASE_URL="mysql://ana:hunter2@db/x"))


def test_all_mistakes_are_named_together():
    found = problems(CONVENE_PORT="x", CONVENE_LOG_LEVEL="x", CONVENE_BASE_URL="x")
    assert [problem.split()[0] for problem in found] == [
        "CONVENE_PORT",
        "CONVENE_BASE_URL",
        "CONVENE_LOG_LEVEL",
    ]


def test_a_typing_error_is_pointed_out_and_the_tests_own_variables_are_not():
    settings = read(CONVENE_BASEURL="https://x.example", CONVENE_TEST_ANYTHING="1")
    (warning,) = settings.warnings
    assert "CONVENE_BASEURL is not a setting" in warning
    assert "Did you mean CONVENE_BASE_URL?" in warning


def test_an_open_address_without_encryption_is_pointed_out():
    assert any(
        "without https" in warning for warning in read(CONVENE_BASE_URL="http://meet.example").warnings
    )
    assert any("Set CONVENE_BASE_URL" in warning for warning in read(CONVENE_HOST="0.0.0.0").warnings)


def test_the_data_directory_is_the_users_own(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert read().data_dir == Path("/home/ana/.local/share/convene")
    assert read(XDG_DATA_HOME="/xdg").data_dir == Path("/xdg/convene")
    assert read(XDG_DATA_HOME="relative").data_dir == Path("/home/ana/.local/share/convene")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert read().data_dir == Path("/var/lib/convene")


def test_the_key_file_is_made_once_and_is_private(tmp_path):
    settings = read(CONVENE_DATA=str(tmp_path / "new" / "data"))
    keys = settings.sealing_keys()
    path = tmp_path / "new" / "data" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(keys) == 1
    assert settings.sealing_keys() == keys
    assert [item.name for item in path.parent.iterdir()] == ["secret.key"]


def test_processes_that_start_together_get_one_key(tmp_path):
    found = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(read(CONVENE_DATA=str(tmp_path)).sealing_keys())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_file_may_hold_the_old_key_too(tmp_path):
    old, new = SealingKey.generate(), SealingKey.generate()
    path = tmp_path / "secret.key"
    path.write_text(f"{new.format()}\n{old.format()}\n")
    path.chmod(0o600)
    assert read(CONVENE_DATA=str(tmp_path)).sealing_keys() == (new, old)


@pytest.mark.parametrize(
    ("text", "mode", "says"), [(KEY, 0o644, "chmod 600"), ("", 0o600, "empty"), ("x", 0o600, "damaged")]
)
def test_a_key_file_that_cannot_be_trusted_is_refused(tmp_path, text, mode, says):
    path = tmp_path / "secret.key"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(SettingsError, match=says):
        read(CONVENE_DATA=str(tmp_path)).sealing_keys()


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="CONVENE_DATA"):
        read(CONVENE_DATA=str(tmp_path / "file" / "data")).sealing_keys()


def test_every_setting_is_documented_and_nothing_else_is():
    text = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert documented == set(SETTINGS)


def test_the_environment_is_read_in_one_place():
    reads_ours = re.compile(r"""(environ|getenv)[^\n]*["'](CONVENE_|DATABASE_URL)""")
    readers = {
        path.relative_to(ROOT / "src/convene").as_posix()
        for path in (ROOT / "src/convene").rglob("*.py")
        if reads_ours.search(path.read_text("utf-8"))
    }
    assert readers <= {"settings/__init__.py"}


def test_reading_settings_needs_no_part_of_the_product():
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import convene.settings, sys; print([m for m in sys.modules if m in ('fastapi', 'psycopg')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


def test_mail_servers_are_read_with_their_passwords_unquoted():
    mail = read(
        CONVENE_SMTP_URL="smtps://convene:p%40ss@mail.example.com",
        CONVENE_MAIL_FROM="Meetings@Example.com",
        CONVENE_IMAP_URL="imap://meetings%40example.com:secret@mail.example.com/Answers",
        CONVENE_MAIL_TIMEOUT_SECONDS="5",
    ).mail
    assert mail.smtp is not None
    assert mail.imap is not None
    assert (mail.smtp.host, mail.smtp.port, mail.smtp.is_tls, mail.smtp.username) == (
        "mail.example.com",
        465,
        True,
        "convene",
    )
    assert mail.smtp.password is not None
    assert mail.smtp.password.reveal() == "p@ss"
    assert (mail.imap.port, mail.imap.folder, mail.imap.needs_starttls) == (143, "Answers", True)
    assert (mail.sender, mail.timeout_seconds) == ("Meetings@example.com", 5)
    assert "p@ss" not in repr(mail)
    assert "secret" not in repr(mail)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        (
            {"CONVENE_SMTP_URL": "https://mail.example.com"},
            "CONVENE_SMTP_URL must be an address such as smtps://",
        ),
        ({"CONVENE_SMTP_URL": "smtp://convene@mail.example.com"}, "user name and password, or neither"),
        ({"CONVENE_SMTP_URL": "smtps://mail.example.com"}, "CONVENE_MAIL_FROM must name the address"),
        ({"CONVENE_IMAP_URL": "imaps://a:b@mail.example.com"}, "set CONVENE_SMTP_URL too"),
        ({"CONVENE_IMAP_URL": "imaps://mail.example.com"}, "must name whose mailbox it is"),
        ({"CONVENE_MAIL_FROM": "nobody"}, "CONVENE_MAIL_FROM must be an e-mail address"),
        (
            {
                "CONVENE_SMTP_URL": "smtps://mail.example.com",
                "CONVENE_MAIL_FROM": "meetings+team@example.com",
                "CONVENE_IMAP_URL": "imaps://a:b@mail.example.com",
            },
            "and no +",
        ),
    ],
)
def test_mail_settings_that_do_not_go_together_are_named(environ: dict[str, str], told: str):
    found = " ".join(problems(**environ))
    assert told in found
    assert "secret" not in found
