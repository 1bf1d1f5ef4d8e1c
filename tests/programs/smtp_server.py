"""An SMTP server that writes each mail it takes as a line of JSON, and treats recipients by what their addresses begin with.

Arguments: how it is encrypted (none, starttls, tls); a file that makes it hang for as long as it is there; then, unless it
is not encrypted, a certificate, its key, a user and a password.
"""

import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

security, hangs_with = sys.argv[1:3]
certificate, key, user, password = (sys.argv[3:] + [None] * 4)[:4]
seen = set()


def said(line):
    print(json.dumps(line), flush=True)


def first_time(address, kind):
    """Whether a recipient whose address begins so comes for the first time."""
    if not address.startswith(kind) or address in seen:
        return False
    seen.add(address)
    return True


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return f"550 5.1.1 <{address}>: no such user"
        if first_time(address, "later"):
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("slow") and os.path.exists(hangs_with):
            said({"hangs": envelope.rcpt_tos[0]})
            await asyncio.sleep(3600)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text, html = (mail.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
        said(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "user": session.auth_data.decode() if session.authenticated else None,
                "encrypted": session.ssl is not None or security == "tls",
                "headers": [[name.lower(), str(value)] for name, value in mail.items()],
                "text": text.get_content(),
                "html": html.get_content(),
                "attachments": [
                    {"name": part.get_filename(), "type": part.get_content_type(), "hex": part.get_content().hex()}
                    for part in mail.iter_attachments()
                ],
                "lines_max": max(len(line) for line in envelope.content.splitlines()),
            }
        )
        return "250 OK"


def authenticate(server, session, envelope, mechanism, shown):
    fits = isinstance(shown, LoginPassword) and (shown.login, shown.password) == (user.encode(), password.encode())
    return AuthResult(success=fits, handled=fits, auth_data=shown.login if fits else None)


async def main():
    tls = None
    if security != "none":
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)

    def protocol():
        more = {}
        if security == "starttls":
            more = {"tls_context": tls, "require_starttls": True}
        if user is not None:
            more |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": security == "starttls"}
        return SMTP(Handler(), hostname="mail.test", loop=asyncio.get_running_loop(), **more)

    wrapped = {"ssl": tls} if security == "tls" else {}
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, **wrapped)
    said({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main())
