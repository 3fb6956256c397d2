package sheet

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

type contentKind uint8

const (
	contentText contentKind = iota
	contentZip
)

// headBytes is how much of a file is looked at to tell what it is.
const headBytes = 4096

// detect tells by content what a file is. Everything but a zip archive and text is refused by
// name, so that people learn what to do instead.
func detect(r io.ReaderAt, size int64, fileName string) (contentKind, error) {
	if size <= 0 {
		return 0, ErrEmptyFile
	}
	head := make([]byte, min(size, headBytes))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if err == nil || errors.Is(err, io.EOF) {
			return 0, ErrBroken
		}
		return 0, err
	}
	switch {
	case hasMagic(head, "PK\x03\x04", "PK\x05\x06"):
		return contentZip, nil
	case hasMagic(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return 0, compoundFault(r, size, fileName)
	case hasMagic(head, "\x09\x08\x10\x00", "\x09\x08\x08\x00", "\x09\x04\x06\x00"):
		return 0, ErrXLS // BIFF records without a container: Excel 2 to 4
	case hasMagic(head, "%PDF-"):
		return 0, ErrPDF
	case hasMagic(head, "\x89PNG", "\xff\xd8\xff", "GIF8", "Rar!", "7z\xbc\xaf", "\x1f\x8b", "{\\rtf",
		"SQLite format 3"):
		return 0, ErrNotSpreadsheet
	}
	return contentText, markupFault(head)
}

func hasMagic(head []byte, magics ...string) bool {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m)) {
			return true
		}
	}
	return false
}

// markupFault refuses web pages and XML that stand where text is expected. Exports of old web
// systems are pages with a table, named .xls.
func markupFault(head []byte) error {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if hasMagic(head, "\xff\xfe", "\xfe\xff") {
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil) // UTF-16: its ASCII letters
	}
	head = bytes.ToLower(bytes.TrimSpace(head))
	switch {
	case hasMagic(head, "mime-version:"):
		return ErrHTML
	case !hasMagic(head, "<"):
		return nil
	case bytes.Contains(head, []byte("urn:schemas-microsoft-com:office:spreadsheet")):
		return ErrXML2003
	case bytes.Contains(head, []byte("<html")), bytes.Contains(head, []byte("<table")),
		bytes.Contains(head, []byte("<!doctype html")), bytes.Contains(head, []byte("<meta")):
		return ErrHTML
	case hasMagic(head, "<?xml", "<!"):
		return ErrNotSpreadsheet
	}
	return nil
}

// compoundFault tells what an OLE compound file is by the names of its streams ([MS-CFB] 2.6.1:
// UTF-16 in the directory): the old .xls, or a workbook encrypted with a password
// ([MS-OFFCRYPTO] 1.3.3.2).
func compoundFault(r io.ReaderAt, size int64, fileName string) error {
	encrypted, err := containsBytes(r, size, utf16Bytes("EncryptedPackage"))
	if err != nil {
		return err
	}
	if encrypted {
		return ErrEncrypted
	}
	for _, stream := range []string{"Workbook\x00", "Book\x00"} {
		found, err := containsBytes(r, size, utf16Bytes(stream))
		if err != nil {
			return err
		}
		if found {
			return ErrXLS
		}
	}
	switch strings.ToLower(path.Ext(fileName)) {
	case ".xls", ".xlt", ".et", ".ett":
		return ErrXLS
	}
	return ErrNotSpreadsheet
}

func utf16Bytes(ascii string) []byte {
	wide := make([]byte, 0, 2*len(ascii))
	for i := range len(ascii) {
		wide = append(wide, ascii[i], 0)
	}
	return wide
}

// containsBytes looks for a short needle in the whole of r.
func containsBytes(r io.ReaderAt, size int64, needle []byte) (bool, error) {
	const window = 64 << 10
	buf := make([]byte, window)
	for at := int64(0); at < size; at += int64(window - len(needle)) {
		n, err := r.ReadAt(buf[:min(window, size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if bytes.Contains(buf[:n], needle) {
			return true, nil
		}
	}
	return false, nil
}
