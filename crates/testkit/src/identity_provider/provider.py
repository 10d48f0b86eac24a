"""A SAML identity provider for tests, on pysaml2 and xmlsec1. Who signs in is asked on a page, or told in the address."""

import base64
import datetime
import html
import http.server
import json
import os
import sys
import tempfile
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORD
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

FOLDER = tempfile.mkdtemp()


def path(name):
    return os.path.join(FOLDER, name)


def make_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "identity provider of a test")])
    now = datetime.datetime.utcnow()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    with open(path("key.pem"), "wb") as file:
        file.write(private)
    with open(path("certificate.pem"), "wb") as file:
        file.write(certificate.public_bytes(pem))


def configuration(base, signed):
    settings = {
        "entityid": base + "/metadata",
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": path("key.pem"),
        "cert_file": path("certificate.pem"),
        "service": {
            "idp": {
                "endpoints": {"single_sign_on_service": [(base + "/sso", BINDING_HTTP_REDIRECT)]},
                "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                "want_authn_requests_signed": signed,
                "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
            }
        },
    }
    if os.path.exists(path("service.xml")):
        settings["metadata"] = {"local": [path("service.xml")]}
    loaded = IdPConfig()
    loaded.load(settings)
    return loaded


class Handler(http.server.BaseHTTPRequestHandler):
    base = ""

    def do_GET(self):
        address = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if address.path == "/metadata":
            self.send(str(entity_descriptor(configuration(self.base, True))), "application/xml")
        elif address.path == "/sso" and "as" not in query:
            self.send(self.form(query))
        elif address.path == "/sso":
            answer = self.answer(query)
            self.send(json.dumps(answer), "application/json") if "json" in query else self.send(self.carry(answer))
        else:
            self.send_error(404)

    def do_PUT(self):
        length = int(self.headers["Content-Length"])
        with open(path("service.xml"), "wb") as file:
            file.write(self.rfile.read(length))
        self.send("taken", "text/plain")

    def answer(self, query):
        # What is signed in a link is the link, which this version of pysaml2 leaves to its caller.
        server = Server(config=configuration(self.base, False))
        asked = server.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT)
        signed = {name: query[name] for name in ("SAMLRequest", "RelayState", "SigAlg", "Signature")}
        issuer = asked.message.issuer.text
        keys = [key[1] if isinstance(key, tuple) else key for key in server.metadata.certs(issuer, "spsso", "signing")]
        if not any(verify_redirect_signature(signed, server.sec.sec_backend, key) for key in keys):
            raise ValueError("the request is not signed by its sender")
        user = query["as"]
        identity = {"displayName": [query.get("name", user)]}
        if "@" in user:
            identity["mail"] = [user]
        arguments = server.response_args(asked.message, [BINDING_HTTP_POST])
        arguments.pop("name_id_policy", None)
        response = server.create_authn_response(
            identity,
            userid=user,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=user),
            authn={"class_ref": PASSWORD, "authn_auth": self.base},
            sign_assertion=True,
            sign_response=True,
            sign_alg=SIG_RSA_SHA256,
            digest_alg=DIGEST_SHA256,
            **arguments,
        )
        return {
            "to": arguments["destination"],
            "SAMLResponse": base64.b64encode(str(response).encode()).decode(),
            "RelayState": query["RelayState"],
        }

    def form(self, query):
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in query.items()
        )
        return (
            f'<form action="/sso">{hidden}<label>Who are you? <input name="as"></label>'
            f'<label>Name <input name="name"></label><button>Sign in</button></form>'
        )

    def carry(self, answer):
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(answer[name])}">'
            for name in ("SAMLResponse", "RelayState")
        )
        to = html.escape(answer["to"])
        return f'<form method="post" action="{to}">{hidden}<button>Go on</button></form>'

    def send(self, text, kind="text/html"):
        if kind == "text/html":
            text = f'<!doctype html><html lang="en"><title>Identity provider</title><main>{text}</main></html>'
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


make_key()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
Handler.base = f"http://127.0.0.1:{server.server_port}"
print(Handler.base, flush=True)
server.serve_forever()
