"""Events in what queues and streams put around them."""

from __future__ import annotations

import base64
import json

from .conftest import created, message

A, B, C = (
    line.rstrip()
    for line in (message(user_login='"né" </x>'), created(), message("54", "10", job_tag="a\\b"))
)

TEXTS = [A.decode(), B.decode(), C.decode()]


def dumped(value: object) -> bytes:
    """Return JSON as other programs write it: spaces, and escapes for what is not ASCII."""
    return json.dumps(value).encode()


def in_base64(text: str) -> str:
    """Return text in base64."""
    return base64.b64encode(text.encode()).decode()


def token(text: str) -> str:
    """Return a signed token in its compact form; nobody verifies the signature."""
    parts = ('{"alg":"RS256","kid":"2026"}', text, "signature")
    return ".".join(base64.urlsafe_b64encode(p.encode()).rstrip(b"=").decode() for p in parts)


def sqs(text: str) -> dict[str, str]:
    """Return a message as a queue gives it."""
    return {"MessageId": "f00", "ReceiptHandle": "AQ==", "Body": text}


def sns(text: str) -> dict[str, str]:
    """Return a notification."""
    return {"Type": "Notification", "MessageId": "f00", "Message": text}
