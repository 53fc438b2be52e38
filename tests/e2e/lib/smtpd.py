"""An SMTP server on loopback, aiosmtpd's, that keeps what it is sent.

Its one argument is JSON: directory (where mail is kept, one JSON file a message, named by the left side of its Message-ID), and optionally
certificate and key (STARTTLS, or with "implicit": true TLS from the start), user and password (AUTH, over TLS alone when there is TLS).
Mail to nobody@ is refused for ever, to later@ for the moment. Prints "listening PORT".
"""
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

config = json.loads(sys.argv[1])


def texts(message):
    return {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}


class Keeper:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 there is no such mailbox"
        if name == "later":
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "user": session.auth_data,
            "helo": session.host_name,
            "headers": {name: str(value) for name, value in message.items()},
            "parts": texts(message),
            "structure": [part.get_content_type() for part in message.walk()],
            "longest_line": max(len(line) for line in envelope.original_content.split(b"\r\n")),
        }
        name = str(message["message-id"]).strip("<>").split("@")[0]
        path = os.path.join(config["directory"], name + ".json")
        with open(path + ".new", "w") as file:
            json.dump(kept, file)
        os.rename(path + ".new", path)
        return "250 2.0.0 OK: kept as " + name


def authenticate(server, session, envelope, mechanism, data):
    given = (data.login.decode(), data.password.decode())
    good = given == (config["user"], config["password"])
    return AuthResult(success=good, handled=False, auth_data=given[0])


async def main():
    context = None
    if "certificate" in config:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(config["certificate"], config["key"])
    implicit = config.get("implicit", False)
    with_auth = "user" in config

    def make():
        return SMTP(
            Keeper(),
            hostname="mail.test",
            tls_context=None if implicit else context,
            require_starttls=context is not None and not implicit,
            authenticator=authenticate if with_auth else None,
            auth_required=with_auth,
            auth_require_tls=context is not None and not implicit,
        )

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=context if implicit else None)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
