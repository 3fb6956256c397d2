package backups

import (
	"encoding/json"
	"time"

	"kehu/internal/vault"
)

// format is the version of what a backup holds and how.
const format = 1

// About is the first entry of a backup: what must be known before anything else is unpacked.
type About struct {
	Format     int       `json:"format"`
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	At         time.Time `json:"at"`
	Product    string    `json:"product"` // version of the program
	Schema     []string  `json:"schema"`  // the changes of the tables that were made
	Root       string    `json:"root"`    // fingerprint of the root key
	Recipients []string  `json:"recipients"`
}

// Entry is a file of a backup.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Chain is the end of the audit log.
type Chain struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Manifest is the last entry of a backup: what it must hold to be whole.
type Manifest struct {
	About
	Entries []Entry        `json:"entries"`
	Counts  map[string]int `json:"counts"` // rows of each table
	Audit   *Chain         `json:"audit,omitempty"`
	Missing []string       `json:"missing,omitempty"` // files that records name and nobody has
	Seal    string         `json:"seal,omitempty"`    // of everything above, by the root key
}

// Label lies in plain beside a backup. It tells what is needed to check the copy without any key,
// and nothing of what is in it.
type Label struct {
	Format     int       `json:"format"`
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	At         time.Time `json:"at"`
	Size       int64     `json:"size"` // of the encrypted file
	SHA256     string    `json:"sha256"`
	Plain      int64     `json:"plain"` // bytes of the tar
	Missing    int       `json:"missing,omitempty"`
	Product    string    `json:"product"`
	Schema     string    `json:"schema"` // the newest change
	Root       string    `json:"root"`
	Recipients []string  `json:"recipients"`
	Seal       string    `json:"seal,omitempty"`
}

func (m Manifest) seal(root *vault.Root) (string, error) {
	m.Seal = ""
	text, err := json.Marshal(m)
	return root.Vouch(text), err
}

func (l Label) seal(root *vault.Root) (string, error) {
	l.Seal = ""
	text, err := json.Marshal(l)
	return root.Vouch(text), err
}

// vouched tells whether this register wrote the label.
func (l Label) vouched(root *vault.Root) bool {
	said := l.Seal
	wanted, err := l.seal(root)
	return err == nil && said == wanted
}

// readme is the second entry.
const readme = `客户登记 kehu 的备份 / a backup of the register kehu

打开方式 / how to open:
  age -d -i 恢复密钥.txt -o backup.tar.zst NAME.tar.zst.age
  zstd -d backup.tar.zst
  tar -xf backup.tar
  sqlite3 data.db "SELECT number, name FROM customers LIMIT 10"

data.db        全部数据 / all data. 证件号码和银行账号仍由密钥集加密（表 kehu_sealed），
               密钥集由主密钥包裹 / certificate and account numbers stay sealed by keysets,
               which the root key of the recovery sheet opens.
auxiliary.db   请求日志 / request log
files/         附件，按 集合/记录/文件 / stored files: collection/record/file, in plain
manifest.json  各文件的大小和 SHA-256、各表的行数 / sizes, sums, row counts

整体恢复请用 / to restore the whole register:  kehu backup restore NAME.tar.zst.age
`
