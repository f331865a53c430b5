<?php
// Mints self-contained return-paths for bouncemx (format: docs/verp.md). PHP 7.4 or newer, no extension.
//
//   php mint.php KEY-FILE SENDING-DOMAIN RETURN-PATH-DOMAIN PREFIX RECIPIENT MESSAGE-ID [DAY]

declare(strict_types=1);

final class TooLong extends RuntimeException {}

function verp_symbols(): array
{
    $endings = '@gmail.com @googlemail.com @yahoo.com @hotmail.com @outlook.com @icloud.com @protonmail.com @t-online.de '
        . '@gmx. @live. @yahoo. @hotmail. @outlook. .com .net .org .edu .co.uk .co .de .fr';
    $all = array_merge(str_split('abcdefghijklmnopqrstuvwxyz0123456789@.-_+='), explode(' ', $endings));
    // Symbol 0 is filling: the first one that stands for something is 1.
    return array_combine(range(1, count($all)), $all);
}

function verp_body(string $text): string
{
    $symbols = verp_symbols();
    uasort($symbols, static fn (string $a, string $b): int => strlen($b) <=> strlen($a));
    $bits = '';
    while ($text !== '') {
        $found = false;
        foreach ($symbols as $value => $symbol) {
            if (strncmp($text, (string) $symbol, strlen((string) $symbol)) === 0) {
                $bits .= sprintf('%06b', $value);
                $text = (string) substr($text, strlen((string) $symbol));
                $found = true;
                break;
            }
        }
        if (!$found) {
            throw new TooLong('a character without a symbol');
        }
    }
    $octets = '';
    foreach (str_split($bits, 8) as $octet) {
        $octets .= chr((int) bindec(str_pad($octet, 8, '0')));
    }
    return $octets;
}

function verp_base32(string $octets): string
{
    $bits = '';
    foreach (str_split($octets) as $octet) {
        $bits .= sprintf('%08b', ord($octet));
    }
    $text = '';
    foreach (str_split($bits, 5) as $five) {
        $text .= 'abcdefghijklmnopqrstuvwxyz234567'[(int) bindec(str_pad($five, 5, '0'))];
    }
    return $text;
}

/** [id, secret] of the newest active key of a sending domain. */
function verp_signing_key(string $keyFile, string $sendingDomain): array
{
    $newest = null;
    foreach (file($keyFile, FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) ?: [] as $line) {
        $words = preg_split('/\s+/', trim($line));
        if (count($words) !== 5 || $words[0][0] === '#') {
            continue;
        }
        [$id, $domain, $day, $state, $secret] = $words;
        if ($state === 'active' && $domain === $sendingDomain && ($newest === null || $day >= $newest[0])) {
            $newest = [$day, (int) $id, (string) hex2bin($secret)];
        }
    }
    if ($newest === null) {
        throw new RuntimeException("no active key for $sendingDomain");
    }
    return [$newest[1], $newest[2]];
}

/** The return-path. Recipient: ASCII (A-label domain); Message-ID: without angle brackets. */
function verp_mint(array $key, string $domain, string $prefix, string $recipient, string $messageId, ?int $day = null): string
{
    [$id, $secret] = $key;
    $head = pack('nn', 0x1000 | $id, $day ?? intdiv(time(), 86400));
    $tag = substr(hash('sha256', $messageId, true), 0, 5);
    $signed = $head . $tag . verp_body(strtolower($recipient));
    $mac = substr(hash_hmac('sha256', "bouncemx-verp-1:$domain:" . $signed, $secret, true), 0, 10);
    $localPart = $prefix . '-' . verp_base32($signed . $mac);
    if (strlen($localPart) > 64) {
        throw new TooLong('more than 64 octets');
    }
    return "$localPart@$domain";
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    try {
        echo verp_mint(verp_signing_key($argv[1], $argv[2]), $argv[3], $argv[4], $argv[5], $argv[6],
            isset($argv[7]) ? (int) $argv[7] : null), "\n";
    } catch (TooLong $error) {
        fwrite(STDERR, 'tooLong: ' . $error->getMessage() . "\n");
        exit(1);
    }
}
