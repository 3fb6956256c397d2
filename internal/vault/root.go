// Package vault keeps the keys: one root key outside the data directory, and what is derived from
// it or wrapped by it. Fields are sealed with authenticated encryption, found again by a blind
// index, and files are encrypted as they stream. All of it is Tink (AES-256-GCM, HMAC-SHA256,
// AES256-GCM-HKDF in segments of 1 MiB); nothing here is a cipher of its own.
package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rogpeppe/go-internal/robustio"

	"kehu/internal/fault"
)

// Faults of the root key.
var (
	KeysMissing = fault.Define("keys_missing",
		"密钥目录 {dir} 中没有主密钥 root.key：请用 --keys 指定正确的密钥目录，或用恢复表还原主密钥",
		"there is no root key root.key in the keys folder {dir}: name the right folder with "+
			"--keys, or restore the root key from the recovery sheet")
	KeysExist = fault.Define("keys_exist",
		"密钥目录 {dir} 中已有主密钥，不会覆盖：请换一个密钥目录，或使用已有的主密钥",
		"the keys folder {dir} already holds a root key, which is never overwritten: "+
			"choose another folder or use that key")
	KeysDamaged = fault.Define("keys_damaged",
		"主密钥内容不完整或有误：请逐字核对恢复表，或从备份的密钥目录复制 root.key",
		"the root key is incomplete or mistyped: compare it with the recovery sheet letter by "+
			"letter, or copy root.key from a saved keys folder")
	KeysPermissions = fault.Define("keys_permissions",
		"主密钥文件 {file} 可被其他用户读取：请执行 chmod 600 {file} 后重试",
		"the root key file {file} can be read by other users: run chmod 600 {file} and try again")
	KeysUnreadable = fault.Define("keys_unreadable",
		"无法读写密钥目录 {dir}，请检查该目录的所有者和权限",
		"the keys folder {dir} cannot be read or written: check its owner and permissions")
)

// RootSize is the size of the root key in bytes.
const RootSize = 32

// rootFile is the name of the root key in the keys folder.
const rootFile = "root.key"

// Root is the key above all keys. It prints as its fingerprint, whatever the verb.
type Root [RootSize]byte

// Labels of what is derived from the root. They carry a version, so that a derivation can change
// one day while the root key on the recovery sheet stays valid.
const (
	databaseLabel    = "kehu database key 1"
	wrappingLabel    = "kehu keyset wrapping key 1"
	fingerprintLabel = "kehu root key fingerprint 1"
	checkLabel       = "kehu root key check 1"
	attestLabel      = "kehu attestation key 1"
)

// Sizes of what is derived from the root, in bytes.
const (
	databaseKeySize = 64 // two AES-256 keys, for XTS
	wrappingKeySize = 32
	fingerprintSize = 8
	checkSize       = 4
)

// CreateRoot makes a root key from random and stores it in dir, which is made with mode 0700.
// Faults: KeysExist, KeysUnreadable.
func CreateRoot(dir string, random io.Reader) (*Root, error) {
	var r Root
	if _, err := io.ReadFull(random, r[:]); err != nil {
		return nil, KeysUnreadable.With("dir", dir).Because(err)
	}
	if err := r.Store(dir); err != nil {
		return nil, err
	}
	return &r, nil
}

// Store writes the key into dir, for CreateRoot and for a key typed from the recovery sheet.
// Faults: KeysExist, KeysUnreadable.
func (r *Root) Store(dir string) error {
	path := filepath.Join(dir, rootFile)
	if _, err := os.Lstat(path); err == nil {
		return KeysExist.With("dir", dir)
	}
	err := PrivateFolder(dir)
	if err == nil {
		err = writeDurably(path, []byte(r.Reveal()+"\n"))
	}
	if err != nil {
		return KeysUnreadable.With("dir", dir).Because(err)
	}
	return nil
}

// writeDurably leaves either the whole file or none, also after a power cut: a temporary file is
// written, flushed and renamed, and the folder is flushed too.
func writeDurably(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, rootFile+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = robustio.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be flushed there; NTFS journals the rename
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// OpenRoot reads the root key in dir.
// Faults: KeysMissing, KeysPermissions, KeysDamaged, KeysUnreadable.
func OpenRoot(dir string) (*Root, error) {
	path := filepath.Join(dir, rootFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, KeysMissing.With("dir", dir)
	}
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, KeysPermissions.With("file", path)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, KeysUnreadable.With("dir", dir).Because(err)
	}
	return ParseRoot(string(text))
}

// The text of a root key: base32 of the key and of a check, in groups that can be read aloud. The
// alphabet of RFC 4648 has no 0, 1 or 8, so that these are read as the letters they look like.
var (
	textCoding = base32.StdEncoding.WithPadding(base32.NoPadding)
	misread    = strings.NewReplacer("0", "O", "1", "I", "8", "B",
		"-", "", " ", "", "\n", "", "\r", "", "\t", "", "\ufeff", "")
)

// textGroup is the number of letters between two dashes.
const textGroup = 4

// maxText bounds what is taken for the text of a key.
const maxText = 4096

// Reveal writes the key for the recovery sheet and for its file. It is the only way to see it.
func (r *Root) Reveal() string {
	letters := textCoding.EncodeToString(append(r[:], r.derive(checkLabel, checkSize)...))
	var b strings.Builder
	for i := 0; i < len(letters); i += textGroup {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(letters[i:min(i+textGroup, len(letters))])
	}
	return b.String()
}

// ParseRoot reads what Reveal wrote, as people type it: any case, dashes and spaces anywhere.
// Fault: KeysDamaged.
func ParseRoot(text string) (*Root, error) {
	if len(text) > maxText {
		return nil, KeysDamaged
	}
	data, err := textCoding.DecodeString(misread.Replace(strings.ToUpper(text)))
	if err != nil || len(data) != RootSize+checkSize {
		return nil, KeysDamaged // without the cause, which quotes the text
	}
	r := Root(data[:RootSize])
	check := r.derive(checkLabel, checkSize)
	if subtle.ConstantTimeCompare(check, data[RootSize:]) != 1 {
		return nil, KeysDamaged
	}
	return &r, nil
}

// derive is HKDF-SHA256 (RFC 5869) with the label as its info.
func (r *Root) derive(label string, size int) []byte {
	key, err := hkdf.Key(sha256.New, r[:], nil, label, size)
	if err != nil {
		panic("vault: " + err.Error()) // only for more than 255 hashes
	}
	return key
}

// DatabaseKey is the key of the encrypted databases: two AES-256 keys for XTS.
func (r *Root) DatabaseKey() [databaseKeySize]byte {
	return [databaseKeySize]byte(r.derive(databaseLabel, databaseKeySize))
}

// Attest signs a list of texts so that whoever holds the root key can tell that they were written
// here and not changed since.
func (r *Root) Attest(parts ...string) []byte {
	mac := hmac.New(sha256.New, r.derive(attestLabel, sha256.Size))
	mac.Write(bind(parts...))
	return mac.Sum(nil)
}

// Fingerprint is a short public name of the key in hex, for the recovery sheet, manifests and
// logs. It tells nothing about the key.
func (r *Root) Fingerprint() string {
	return hex.EncodeToString(r.derive(fingerprintLabel, fingerprintSize))
}

// String names the key without telling it.
func (r Root) String() string { return "root key " + r.Fingerprint() }

// Format implements [fmt.Formatter], so that no verb ever prints the key.
func (r Root) Format(s fmt.State, _ rune) { io.WriteString(s, r.String()) }

// MarshalText implements [encoding.TextMarshaler], so that no encoder ever writes the key.
func (r Root) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
