#!/usr/bin/env python3
"""Mints self-contained return-paths for bouncemx (format: docs/verp.md). Standard library only.

mint.py KEY-FILE SENDING-DOMAIN RETURN-PATH-DOMAIN PREFIX RECIPIENT MESSAGE-ID [DAY]
"""

import hashlib
import hmac
import sys
import time

SYMBOLS = ["", *"abcdefghijklmnopqrstuvwxyz0123456789@.-_+="] + (
    "@gmail.com @googlemail.com @yahoo.com @hotmail.com @outlook.com @icloud.com @protonmail.com @t-online.de "
    "@gmx. @live. @yahoo. @hotmail. @outlook. .com .net .org .edu .co.uk .co .de .fr"
).split()
LONGEST_FIRST = sorted(SYMBOLS[1:], key=len, reverse=True)
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


class TooLong(ValueError):
    """The recipient does not fit: ask the daemon for an opaque return-path (POST /v1/verp)."""


def bits_to_bytes(bits):
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def symbols(text):
    bits = ""
    while text:
        match = next((s for s in LONGEST_FIRST if text.startswith(s)), None)
        if match is None:
            raise TooLong(f"no symbol for {text[0]!r}")
        bits += f"{SYMBOLS.index(match):06b}"
        text = text[len(match) :]
    return bits_to_bytes(bits)


def base32(octets):
    bits = "".join(f"{octet:08b}" for octet in octets)
    bits += "0" * (-len(bits) % 5)
    return "".join(BASE32[int(bits[i : i + 5], 2)] for i in range(0, len(bits), 5))


def signing_key(key_file, sending_domain):
    """(id, secret) of the newest active key of a sending domain."""
    newest = None
    for line in open(key_file):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        key_id, domain, day, state, secret = words
        if state == "active" and domain == sending_domain and (newest is None or day >= newest[0]):
            newest = (day, int(key_id), bytes.fromhex(secret))
    if newest is None:
        raise LookupError(f"no active key for {sending_domain}")
    return newest[1:]


def mint(key, domain, prefix, recipient, message_id, day=None):
    """The return-path. Recipient: ASCII (A-label domain); Message-ID: without angle brackets."""
    key_id, secret = key
    day = int(time.time()) // 86400 if day is None else day
    head = (0x1000 | key_id).to_bytes(2, "big") + day.to_bytes(2, "big")
    tag = hashlib.sha256(message_id.encode()).digest()[:5]
    signed = head + tag + symbols(recipient.lower())
    mac = hmac.new(secret, f"bouncemx-verp-1:{domain}:".encode() + signed, hashlib.sha256).digest()[:10]
    local_part = f"{prefix}-{base32(signed + mac)}"
    if len(local_part) > 64:
        raise TooLong("more than 64 octets")
    return f"{local_part}@{domain}"


if __name__ == "__main__":
    key_file, sending_domain, domain, prefix, recipient, message_id, *rest = sys.argv[1:]
    try:
        print(mint(signing_key(key_file, sending_domain), domain, prefix, recipient, message_id, *map(int, rest)))
    except TooLong as error:
        sys.exit(f"tooLong: {error}")
