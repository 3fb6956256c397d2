package sheet

import (
	"bytes"
	"io"
)

// space is a namespace, as far as workbooks are concerned.
type space uint8

const (
	spaceNone     space = iota
	spaceMain           // SpreadsheetML
	spaceRelation       // r:id
	spacePackage        // relationship parts
	spaceMarkup         // mc:AlternateContent
	spaceOther
	spaceUnbound // a prefix that nothing declares
)

// spaces are the namespaces of ECMA-376 part 1 (Strict), part 4 (Transitional), parts 2 and 3.
var spaces = map[string]space{
	"": spaceNone,
	"http://schemas.openxmlformats.org/spreadsheetml/2006/main":           spaceMain,
	"http://purl.oclc.org/ooxml/spreadsheetml/main":                       spaceMain,
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships": spaceRelation,
	"http://purl.oclc.org/ooxml/officeDocument/relationships":             spaceRelation,
	"http://schemas.openxmlformats.org/package/2006/relationships":        spacePackage,
	"http://schemas.openxmlformats.org/markup-compatibility/2006":         spaceMarkup,
}

type binding struct {
	prefix string
	space  space
}

func (x *xmlScanner) bind(prefix string, uri []byte) error {
	if len(x.bindings) == maxBindings {
		return x.damage("too many namespaces")
	}
	s, known := spaces[string(uri)]
	if !known {
		s = spaceOther
	}
	if prefix != "" && s == spaceNone {
		return x.damage("a namespace prefix bound to nothing")
	}
	x.bindings = append(x.bindings, binding{prefix, s})
	x.defaultMain = x.lookup(nil) == spaceMain
	return nil
}

func (x *xmlScanner) unbind(keep int) {
	x.bindings = x.bindings[:keep]
	x.defaultMain = x.lookup(nil) == spaceMain
}

func (x *xmlScanner) lookup(prefix []byte) space {
	for i := len(x.bindings) - 1; i >= 0; i-- {
		if x.bindings[i].prefix == string(prefix) {
			return x.bindings[i].space
		}
	}
	switch string(prefix) {
	case "":
		return spaceNone
	case "xml", "xmlns":
		return spaceOther
	}
	return spaceUnbound
}

// resolve makes name the current element's.
func (x *xmlScanner) resolve(name []byte) {
	x.name = name
	prefix, local, prefixed := splitName(name)
	x.local = local
	if !prefixed && x.defaultMain {
		x.space = spaceMain
		return
	}
	x.space = x.lookup(prefix)
}

// declarationOrComment reads <!-- -->, <![CDATA[ ]]> and refuses <!DOCTYPE.
func (x *xmlScanner) declarationOrComment(b []byte) (t token, done bool, size int, err error) {
	const comment, cdata, doctype = "<!--", "<![CDATA[", "<!DOCTYPE"
	switch {
	case bytes.HasPrefix(b, []byte(comment)):
		n := bytes.Index(b[len(comment):], []byte("--"))
		if n < 0 || len(comment)+n+2 >= len(b) {
			return tokenEOF, false, 0, nil
		}
		if size = len(comment) + n + 3; b[size-1] != '>' {
			return tokenEOF, false, 0, x.damage("-- in a comment")
		}
		return tokenEOF, false, size, nil
	case bytes.HasPrefix(b, []byte(cdata)):
		if len(x.stack) == 0 {
			return tokenEOF, true, 0, x.damage("text outside of the root element")
		}
		n := bytes.Index(b, []byte("]]>"))
		if n < 0 {
			return tokenEOF, false, 0, nil
		}
		x.text = x.lineEnds(b[len(cdata):n])
		return tokenText, true, n + 3, nil
	case bytes.HasPrefix(b, []byte(doctype)):
		return tokenEOF, true, 0, ErrUnsafe.Because(x.damage("document type declaration"))
	case len(b) < len(cdata):
		return tokenEOF, false, 0, nil
	}
	return tokenEOF, true, 0, x.damage("malformed declaration")
}

func (x *xmlScanner) lineEnds(raw []byte) []byte {
	if bytes.IndexByte(raw, '\r') < 0 {
		return raw
	}
	x.scratch = append(x.scratch[:0], raw...)
	x.scratch = bytes.ReplaceAll(x.scratch, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(x.scratch, []byte("\r"), []byte("\n"))
}

// instruction reads <?target …?>.
func (x *xmlScanner) instruction(b []byte) (int, error) {
	n := bytes.Index(b, []byte("?>"))
	if n < 0 {
		return 0, nil
	}
	target := b[2:scanName(b, 2)]
	if len(target) == 0 || !isNameStart(target[0]) || bytes.EqualFold(target, []byte("xml")) {
		return 0, x.damage("misplaced XML declaration")
	}
	return n + 2, nil
}

// declaration reads <?xml …?> at the start and refuses encodings other than UTF-8 and UTF-16.
func (x *xmlScanner) declaration(wide bool) error {
	if !x.more() && x.srcErr != io.EOF {
		return x.srcErr
	}
	b := x.buf[:x.end]
	if !bytes.HasPrefix(b, []byte("<?xml")) || scanName(b, 2) != len("<?xml") {
		return nil
	}
	n := bytes.Index(b, []byte("?>"))
	for n < 0 {
		if !x.more() {
			return x.cut()
		}
		b = x.buf[:x.end]
		n = bytes.Index(b, []byte("?>"))
	}
	if string(pseudoAttribute(b[len("<?xml"):n], "version")) != "1.0" {
		return x.damage("XML of an unknown version")
	}
	encoding := pseudoAttribute(b[len("<?xml"):n], "encoding")
	switch string(bytes.ToLower(encoding)) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
	case "utf-16", "utf-16le", "utf-16be":
		if !wide {
			return x.damage("UTF-8 declared as UTF-16")
		}
	default:
		return x.damage("encoding " + string(encoding))
	}
	x.pos = n + 2
	return nil
}

// pseudoAttribute finds name="value" in an XML declaration.
func pseudoAttribute(b []byte, name string) []byte {
	_, rest, found := bytes.Cut(b, []byte(name))
	rest = rest[skipSpace(rest, 0):]
	if !found || len(rest) == 0 || rest[0] != '=' {
		return nil
	}
	rest = rest[1+skipSpace(rest[1:], 0):]
	if len(rest) < 2 {
		return nil
	}
	value, _, _ := bytes.Cut(rest[1:], rest[:1])
	return value
}
