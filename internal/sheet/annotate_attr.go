package sheet

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// attrSpan is one attribute of a tag: offsets into the tag's bytes. from is where the blank before
// the name begins, so that cutting from…to leaves a sound tag.
type attrSpan struct {
	from, to int // the whole attribute, with the blank before and the closing quote
	name     []byte
	value    []byte // still escaped
}

// nextAttr finds the attribute at or after at; ok is false at the end of the tag.
func nextAttr(tag []byte, at int) (span attrSpan, ok bool, err error) {
	span.from = at
	for at < len(tag) && isBlankByte(tag[at]) {
		at++
	}
	if at >= len(tag) || tag[at] == '>' || tag[at] == '/' || tag[at] == '?' {
		return span, false, nil
	}
	equals := bytes.IndexByte(tag[at:], '=')
	if equals < 0 {
		return span, false, errMarkupSyntax
	}
	span.name = bytes.TrimRight(tag[at:at+equals], " \t\r\n")
	at += equals + 1
	for at < len(tag) && isBlankByte(tag[at]) {
		at++
	}
	if at >= len(tag) || tag[at] != '"' && tag[at] != '\'' {
		return span, false, errMarkupSyntax
	}
	end := bytes.IndexByte(tag[at+1:], tag[at])
	if end < 0 {
		return span, false, errMarkupSyntax
	}
	span.value = tag[at+1 : at+1+end]
	span.to = at + end + 2
	return span, true, nil
}

// nameEnd is where the attributes of a tag begin.
func nameEnd(tag []byte) int {
	at := 1
	for at < len(tag) && !isBlankByte(tag[at]) && tag[at] != '/' && tag[at] != '>' {
		at++
	}
	return at
}

// findAttr finds an attribute by a test of its qualified name.
func findAttr(tag []byte, is func(name []byte) bool) (attrSpan, bool) {
	for at := nameEnd(tag); ; {
		span, ok, err := nextAttr(tag, at)
		if !ok || err != nil {
			return attrSpan{}, false
		}
		if is(span.name) {
			return span, true
		}
		at = span.to
	}
}

// tagAttr gives the value of an attribute, still escaped.
func tagAttr(tag []byte, name string) ([]byte, bool) {
	span, ok := findAttr(tag, func(n []byte) bool { return string(n) == name })
	return span.value, ok
}

// attrText gives the value of an attribute, unescaped; empty when there is none.
func attrText(tag []byte, name string) string {
	value, _ := tagAttr(tag, name)
	return unescapeXML(value)
}

// relationID gives the value of r:id whatever the prefix is.
func relationID(tag []byte) string {
	span, _ := findAttr(tag, func(n []byte) bool { return bytes.HasSuffix(n, []byte(":id")) })
	return unescapeXML(span.value)
}

// setAttr gives the tag with the attribute set; the other bytes stay as they are.
func setAttr(tag []byte, name, value string) []byte {
	attr := fmt.Appendf(nil, ` %s="%s"`, name, appendXML(nil, value))
	span, ok := findAttr(tag, func(n []byte) bool { return string(n) == name })
	if !ok {
		span.from = nameEnd(tag)
		span.to = span.from
	}
	return splice(tag, span.from, span.to, attr)
}

// dropAttr gives the tag without the attribute.
func dropAttr(tag []byte, name string) []byte {
	span, ok := findAttr(tag, func(n []byte) bool { return string(n) == name })
	if !ok {
		return tag
	}
	return splice(tag, span.from, span.to, nil)
}

func splice(data []byte, from, to int, with []byte) []byte {
	out := make([]byte, 0, len(data)+len(with))
	out = append(out, data[:from]...)
	out = append(out, with...)
	return append(out, data[to:]...)
}

// unescapeXML resolves the five named references and the numeric ones of XML 1.0 §4.1 and §4.6;
// others stay as they are.
func unescapeXML(value []byte) string {
	if bytes.IndexByte(value, '&') < 0 {
		return string(value)
	}
	out := make([]byte, 0, len(value))
	for len(value) > 0 {
		if value[0] == '&' {
			if r, n := entityRune(value); n > 0 {
				out = append(out, string(r)...)
				value = value[n:]
				continue
			}
		}
		out = append(out, value[0])
		value = value[1:]
	}
	return string(out)
}

// entityRune reads &amp; or &#65; or &#x41; and its length; 0 when it is none.
func entityRune(data []byte) (rune, int) {
	end := bytes.IndexByte(data[:min(len(data), 12)], ';')
	if end < 2 {
		return 0, 0
	}
	name := string(data[1:end])
	if named := map[string]rune{
		"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\'',
	}[name]; named != 0 {
		return named, end + 1
	}
	if name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	if err != nil || code > 0x10FFFF || !isXMLChar(rune(code)) {
		return 0, 0
	}
	return rune(code), end + 1
}
