// Mints self-contained return-paths for bouncemx (format: docs/verp.md). Standard library only.
//
//	go run mint.go KEY-FILE SENDING-DOMAIN RETURN-PATH-DOMAIN PREFIX RECIPIENT MESSAGE-ID [DAY]
package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

var errTooLong = errors.New("tooLong: ask the daemon for an opaque return-path (POST /v1/verp)")

// symbols[0] is filling and stands for nothing.
var symbols = append(append([]string{""}, strings.Split("abcdefghijklmnopqrstuvwxyz0123456789@.-_+=", "")...),
	strings.Fields(`@gmail.com @googlemail.com @yahoo.com @hotmail.com @outlook.com @icloud.com @protonmail.com @t-online.de
		@gmx. @live. @yahoo. @hotmail. @outlook. .com .net .org .edu .co.uk .co .de .fr`)...)

// The alphabet of RFC 4648 in lower case, without padding characters.
var token = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

type key struct {
	id     int
	secret []byte
}

// body gives the recipient as six-bit symbols, the longest match first.
func body(text string) ([]byte, error) {
	var octets []byte
	bits := 0
	for text != "" {
		best := 0
		for value, symbol := range symbols {
			if len(symbol) > len(symbols[best]) && strings.HasPrefix(text, symbol) {
				best = value
			}
		}
		if best == 0 {
			return nil, errTooLong
		}
		for shift := 5; shift >= 0; shift-- {
			if bits%8 == 0 {
				octets = append(octets, 0)
			}
			octets[len(octets)-1] |= byte(best>>shift&1) << (7 - bits%8)
			bits++
		}
		text = text[len(symbols[best]):]
	}
	return octets, nil
}

// signingKey finds the newest active key of a sending domain.
func signingKey(keyFile, sendingDomain string) (key, error) {
	file, err := os.Open(keyFile)
	if err != nil {
		return key{}, err
	}
	defer file.Close()
	newest := ""
	var found key
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) != 5 || strings.HasPrefix(words[0], "#") || words[1] != sendingDomain || words[3] != "active" || words[2] < newest {
			continue
		}
		id, err := strconv.Atoi(words[0])
		if err != nil {
			return key{}, err
		}
		secret, err := hex.DecodeString(words[4])
		if err != nil {
			return key{}, err
		}
		newest, found = words[2], key{id, secret}
	}
	if newest == "" {
		return key{}, fmt.Errorf("no active key for %s", sendingDomain)
	}
	return found, nil
}

// mint makes the return-path. Recipient: ASCII (A-label domain); Message-ID: without angle brackets.
func mint(k key, domain, prefix, recipient, messageID string, day int) (string, error) {
	address, err := body(strings.ToLower(recipient))
	if err != nil {
		return "", err
	}
	signed := binary.BigEndian.AppendUint16(nil, uint16(0x1000|k.id))
	signed = binary.BigEndian.AppendUint16(signed, uint16(day))
	tag := sha256.Sum256([]byte(messageID))
	signed = append(append(signed, tag[:5]...), address...)
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte("bouncemx-verp-1:" + domain + ":"))
	mac.Write(signed)
	localPart := prefix + "-" + token.EncodeToString(append(signed, mac.Sum(nil)[:10]...))
	if len(localPart) > 64 {
		return "", errTooLong
	}
	return localPart + "@" + domain, nil
}

func main() {
	if len(os.Args) < 7 {
		fmt.Fprintln(os.Stderr, "mint KEY-FILE SENDING-DOMAIN RETURN-PATH-DOMAIN PREFIX RECIPIENT MESSAGE-ID [DAY]")
		os.Exit(64)
	}
	day := int(time.Now().Unix() / 86400)
	if len(os.Args) > 7 {
		day, _ = strconv.Atoi(os.Args[7])
	}
	k, err := signingKey(os.Args[1], os.Args[2])
	if err == nil {
		var address string
		if address, err = mint(k, os.Args[3], os.Args[4], os.Args[5], os.Args[6], day); err == nil {
			fmt.Println(address)
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
