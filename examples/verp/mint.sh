#!/bin/sh
# Mints self-contained return-paths for bouncemx (format: docs/verp.md) with openssl and awk.
#
#   mint.sh KEY-FILE SENDING-DOMAIN RETURN-PATH-DOMAIN PREFIX RECIPIENT MESSAGE-ID [DAY]
#
# openssl takes the secret as an argument, which other users of the machine can see in the list of processes: for hosts
# that are yours alone.
set -eu
key_file=$1 sending_domain=$2 domain=$3 prefix=$4 message_id=$6
recipient=$(printf %s "$5" | LC_ALL=C tr A-Z a-z)
day=${7:-$(($(date +%s) / 86400))}

set -- $(awk -v d="$sending_domain" '$1 !~ /^#/ && $2 == d && $4 == "active" && $3 >= newest { newest = $3; id = $1; secret = $5 }
  END { if (newest == "") exit 1; print id, secret }' "$key_file")
id=$1 secret=$2

tag=$(printf %s "$message_id" | openssl dgst -sha256 -r | cut -c1-10)
# The recipient as six-bit symbols, in hexadecimal.
body=$(printf %s "$recipient" | LC_ALL=C awk '
  BEGIN {
    c = "abcdefghijklmnopqrstuvwxyz0123456789@.-_+="
    e = "@gmail.com @googlemail.com @yahoo.com @hotmail.com @outlook.com @icloud.com @protonmail.com @t-online.de " \
        "@gmx. @live. @yahoo. @hotmail. @outlook. .com .net .org .edu .co.uk .co .de .fr"
    for (n = 1; n <= length(c); n++) symbol[n] = substr(c, n, 1)
    k = split(e, endings, " ")
    for (i = 1; i <= k; i++) symbol[n++] = endings[i]
    last = n - 1
  }
  {
    text = $0
    while (text != "") {
      best = 0
      for (n = 1; n <= last; n++)
        if (length(symbol[n]) > length(symbol[best]) && index(text, symbol[n]) == 1) best = n
      if (best == 0) exit 1
      for (b = 32; b >= 1; b /= 2) bits = bits (int(best / b) % 2)
      text = substr(text, length(symbol[best]) + 1)
    }
    while (length(bits) % 8) bits = bits "0"
    for (i = 1; i <= length(bits); i += 4) {
      v = 0
      for (j = 0; j < 4; j++) v = v * 2 + substr(bits, i + j, 1)
      printf "%x", v
    }
  }') || { echo "tooLong: a character without a symbol" >&2; exit 1; }

signed=$(printf '%04x%04x%s%s' $((4096 + id)) "$day" "$tag" "$body")
octal=$(printf %s "$signed" | awk '{
  for (i = 1; i <= length($0); i += 2)
    printf "\\%03o", (index("0123456789abcdef", substr($0, i, 1)) - 1) * 16 + index("0123456789abcdef", substr($0, i + 1, 1)) - 1
}')
mac=$({ printf 'bouncemx-verp-1:%s:' "$domain"; printf "$octal"; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -r | cut -c1-20)
token=$(printf %s "$signed$mac" | awk '{
  for (i = 1; i <= length($0); i++) {
    v = index("0123456789abcdef", substr($0, i, 1)) - 1
    for (b = 8; b >= 1; b /= 2) bits = bits (int(v / b) % 2)
  }
  while (length(bits) % 5) bits = bits "0"
  for (i = 1; i <= length(bits); i += 5) {
    v = 0
    for (j = 0; j < 5; j++) v = v * 2 + substr(bits, i + j, 1)
    printf "%s", substr("abcdefghijklmnopqrstuvwxyz234567", v + 1, 1)
  }
}')
local_part=$prefix-$token
[ ${#local_part} -le 64 ] || { echo "tooLong: more than 64 octets" >&2; exit 1; }
printf '%s@%s\n' "$local_part" "$domain"
