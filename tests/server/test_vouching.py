"""Tokens of whoever vouches for people: which hold, which don't, and keys that are changed under way."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from persona_lab import settings
from persona_lab.errors import InvalidRequest, KeysUnavailable, NoCompany, NotAllowed, TokenExpired
from persona_lab.server.identity import vouching
from persona_lab.server.identity.vouching import Voucher
from tests.support.accounts import SECRET, claims, token_of

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Publisher:
    """Publishes keys, and counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.is_down = False
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked += 1
                body = b"down" if publisher.is_down else json.dumps({"keys": publisher.keys}).encode()
                self.send_response(503 if publisher.is_down else 200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/jwks.json"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, kid: str, key: Any, **other: str) -> None:
        algorithm = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
        to_jwk = next((maker for kind, maker in algorithm.items() if isinstance(key, kind)), OKPAlgorithm)
        self.keys.append({**json.loads(to_jwk.to_jwk(key.public_key())), "kid": kid, "use": "sig", **other})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    found = Publisher()
    yield found
    found.close()


def by_secret(**other: Any) -> Voucher:
    return Voucher(settings.Settings(jwt_secret=SECRET, **other))


def signed(key: Any, algorithm: str, kid: str | None, **other: Any) -> str:
    return jwt.encode(claims("max", **other), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def test_a_token_says_who_somebody_is() -> None:
    told = by_secret().check(token_of("boss"))
    assert (told.user_id, told.company_id, told.company_name) == ("id-of-boss", "acme", "Acme")
    assert (told.company_role, told.names[0], told.email) == ("admin", "boss", "boss@acme.example")


@pytest.mark.parametrize(("late", "holds"), [(-25, True), (-35, False)])
def test_clocks_may_differ_by_half_a_minute(late: int, holds: bool) -> None:
    ended = token_of("max", exp=int(time.time()) + late)
    begun = token_of("max", nbf=int(time.time()) - late)
    if holds:
        assert by_secret().check(ended).user_id == by_secret().check(begun).user_id == "id-of-max"
        return
    with pytest.raises(TokenExpired, match="has expired"):
        by_secret().check(ended)
    with pytest.raises(NotAllowed, match="doesn't hold yet"):
        by_secret().check(begun)


def unsigned() -> str:
    return jwt.encode(claims("boss"), None, algorithm="none")


def test_a_token_that_nobody_signed_is_refused() -> None:
    with pytest.raises(NotAllowed, match="signed in a way that this server doesn't accept"):
        by_secret().check(unsigned())


def test_a_public_key_is_no_secret_to_sign_with(publisher: Publisher) -> None:
    """Whoever takes RS256's public key for HS256's secret would let everybody in."""
    publisher.publish("one", RSA)
    public = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    import base64
    import hashlib
    import hmac

    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "kid": "one"}).encode()) + b"." + part(json.dumps(claims("boss")).encode())
    forged = head + b"." + part(hmac.new(public, head, hashlib.sha256).digest())
    for voucher in (Voucher(settings.Settings(jwks_url=publisher.url)), by_secret(jwks_url=publisher.url)):
        with pytest.raises(NotAllowed):
            voucher.check(forged.decode())


def test_a_secret_is_no_key_where_only_keys_vouch(publisher: Publisher) -> None:
    publisher.publish("one", RSA)
    with pytest.raises(NotAllowed, match="doesn't accept"):
        Voucher(settings.Settings(jwks_url=publisher.url)).check(token_of("boss"))


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")])
def test_keys_of_each_kind_vouch(publisher: Publisher, key: Any, algorithm: str) -> None:
    publisher.publish("one", key)
    voucher = Voucher(settings.Settings(jwks_url=publisher.url))
    for _ in range(3):
        assert voucher.check(signed(key, algorithm, "one")).user_id == "id-of-max"
    assert publisher.asked == 1
    with pytest.raises(NotAllowed, match="isn't signed by whom"):
        voucher.check(
            signed(OTHER_RSA, "RS256", "one") if key is RSA else signed(key, algorithm, "one")[:-8] + "AAAAAAAA"
        )


def test_a_key_that_is_new_is_fetched_and_one_that_is_gone_ends(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vouching, "UNKNOWN_SECONDS", 0.2)
    publisher.publish("one", RSA)
    voucher = Voucher(settings.Settings(jwks_url=publisher.url))
    voucher.check(signed(RSA, "RS256", "one"))
    publisher.keys.clear()
    publisher.publish("two", OTHER_RSA)
    time.sleep(0.25)
    voucher.check(signed(OTHER_RSA, "RS256", "two"))
    with pytest.raises(NotAllowed, match="a key that this server doesn't know"):
        voucher.check(signed(RSA, "RS256", "one"))


def test_made_up_key_ids_dont_make_the_server_ask_each_time(publisher: Publisher) -> None:
    publisher.publish("one", RSA)
    voucher = Voucher(settings.Settings(jwks_url=publisher.url))
    for number in range(50):
        with pytest.raises(NotAllowed):
            voucher.check(signed(OTHER_RSA, "RS256", f"made up {number}"))
    assert publisher.asked == 1


def test_keys_serve_on_while_they_cant_be_fetched(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vouching, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(vouching, "UNKNOWN_SECONDS", 0.0)
    publisher.is_down = True
    voucher = Voucher(settings.Settings(jwks_url=publisher.url))
    with pytest.raises(KeysUnavailable, match="can't be had at the moment"):
        voucher.check(signed(RSA, "RS256", "one"))
    publisher.is_down = False
    publisher.publish("one", RSA)
    voucher.check(signed(RSA, "RS256", "one"))
    publisher.is_down = True
    assert voucher.check(signed(RSA, "RS256", "one")).user_id == "id-of-max"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"aud": "somebody-else"}, "for somebody else than this server"),
        ({"aud": None}, "The token"),
        ({"iss": "https://evil.example"}, "made by somebody else"),
        ({"sub": ""}, "sub must have 1 to 64"),
        ({"sub": "x" * 65}, "sub must have 1 to 64"),
        ({"exp": None}, "The token"),
    ],
)
def test_a_token_for_elsewhere_or_without_what_it_must_say_is_refused(other: dict[str, Any], words: str) -> None:
    told = (
        {key: value for key, value in claims("max", iss="https://us.example", **other).items() if value is not None}
        if ("iss" not in other)
        else claims("max", **other)
    )
    with pytest.raises(NotAllowed, match=words):
        by_secret(jwt_issuer="https://us.example").check(jwt.encode(told, SECRET, algorithm="HS256"))


@pytest.mark.parametrize("company", [None, "", "local", {"a": 1}, "x" * 37])
def test_whoever_belongs_to_no_company_is_told_what_to_do(company: object) -> None:
    with pytest.raises(NoCompany):
        by_secret().check(token_of("max", app_metadata={"company_id": company}))


def test_where_the_company_stands_is_a_setting() -> None:
    voucher = by_secret(jwt_company="org.id", jwt_company_role="org.role")
    told = voucher.check(token_of("max", org={"id": 7, "role": "admin"}))
    assert (told.company_id, told.company_role) == ("7", "admin")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("JWT_SECRET", "short", "PERSONA_LAB_JWT_SECRET: .*at least 32 bytes"),
        ("JWKS_URL", "http://keys.example", "PERSONA_LAB_JWKS_URL: .*https"),
        ("JWT_COMPANY", "user_metadata.company", "PERSONA_LAB_JWT_COMPANY: .*take app_metadata"),
    ],
)
def test_a_setting_that_would_let_anybody_in_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"PERSONA_LAB_{name}", value)
    with pytest.raises(InvalidRequest, match=words) as refused:
        settings.load()
    assert "short" not in refused.value.message
