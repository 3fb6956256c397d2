// Package backups makes encrypted copies of the register, keeps them for as long as the policy
// says, proves that they restore, and restores them. A backup is a tar of plain files, compressed
// by zstd and encrypted by age: those three tools and sqlite3 open it without this program.
package backups

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/policy"
	"kehu/internal/vault"
)

// Faults of backups.
var (
	ErrBusy = fault.Define("backup_busy", "另一个备份或恢复正在进行，请稍后再试",
		"Another backup or restore is at work, try again later")
	ErrDiskFull = fault.Define("backup_disk_full",
		"磁盘空间不足，备份没有完成（{where}）；已有的备份没有改动，请清理磁盘后重试",
		"The disk is full, the backup was not made ({where}); the backups that are there are untouched: "+
			"make room and try again")
	ErrNoRoom = fault.Define("backup_no_room",
		"磁盘空间不足（{where}），备份没有解开，什么都没有改动；请清理磁盘后重试",
		"The disk is full ({where}), the backup was not unpacked and nothing was touched: make room and try again")
	ErrFailed = fault.Define("backup_failed", "备份没有完成（{where}）：{why}；已有的备份没有改动",
		"The backup was not made ({where}): {why}; the backups that are there are untouched")
	ErrNoBackup = fault.Define("backup_unknown", "没有名为 {name} 的备份，请用 kehu backup list 查看",
		"There is no backup named {name}, see kehu backup list")
	ErrNone = fault.Define("backup_none", "还没有完整的备份，请先在「备份」页立即备份，或执行 kehu backup now",
		"There is no whole backup yet: make one on the page of backups, or run kehu backup now")
	ErrDamaged = fault.Define("backup_damaged",
		"备份 {name} 已损坏或不完整（{why}），什么都没有改动；请换另一份备份",
		"The backup {name} is damaged or cut short ({why}), nothing was touched: use another one")
	ErrInside = fault.Define("backup_inside",
		"备份目录 {path} 在数据目录之内，数据目录丢失时备份也会丢失；请选择数据目录以外的位置",
		"The backup folder {path} lies inside the data directory and would be lost with it: choose a "+
			"place outside")
	ErrNoRecipient = fault.Define("backup_no_recipient",
		"没有可用的恢复公钥，不能加密备份；请在策略 backups 的 recipients 中填写，或检查密钥目录",
		"There is no recovery recipient to encrypt the backup to: name one in recipients of the policy "+
			"backups, or check the keys folder")
)

// Actor is who asks for something: the "by" columns hold the id and the name.
type Actor = collections.Who

var system = Actor{ID: "system", Name: "系统", Kind: "system"}

// Trial is what the application answered when it was started on a restored directory.
type Trial struct {
	Customers int    // how many it counts
	Record    string // the number of a customer that it showed, "" where there is none
}

// Options are what the outside gives.
type Options struct {
	App              core.App
	Root             func() *vault.Root // known once the database is open
	DataDir, KeysDir string
	Version          string           // of the product
	Clock            func() time.Time // nil: the system's
	// Sealed tells of which collections the stored files are encrypted.
	Sealed func(collection string) bool
	// Try starts the application on a restored directory, which may be changed by it, and asks it.
	Try func(ctx context.Context, dir string, root *vault.Root) (Trial, error)
	// Note writes an act into the audit log; nil writes none.
	Note func(by Actor, action, name string, detail map[string]any) error
}

// Keeper makes, lists, proves and removes the backups of a register.
type Keeper struct {
	Options
	work   sync.Mutex      // one at a time
	pauses []time.Duration // before each further try of an upload
	stall  time.Duration   // how long an upload may stand still
}

// New makes a keeper. Prepare must run once the database is migrated.
func New(o Options) *Keeper {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Keeper{Options: o, pauses: []time.Duration{5 * time.Second, time.Minute}, stall: 5 * time.Minute}
}

// Impatient changes how long uploads are waited for and how often they are tried again.
func (k *Keeper) Impatient(stall time.Duration, pauses ...time.Duration) {
	k.stall, k.pauses = stall, pauses
}

func (k *Keeper) db() collections.DB { return collections.Through(k.App.NonconcurrentDB()) }

func (k *Keeper) policies() (*policy.Set, error) {
	return collections.Policies(collections.Through(k.App.DB()))
}

// zone is the company's.
func (k *Keeper) zone() *time.Location {
	set, err := k.policies()
	if err != nil {
		return time.UTC
	}
	return set.Company.Location()
}

// hold takes the keeper for one act.
func (k *Keeper) hold() (func(), error) {
	if !k.work.TryLock() {
		return nil, ErrBusy
	}
	return k.work.Unlock, nil
}

// Names of files.
const (
	bodySuffix  = ".tar.zst.age"
	labelSuffix = ".json"
	namePrefix  = "kehu-"
	nameLayout  = "20060102-150405"
	shortPrint  = 8 // letters of the root key's fingerprint
)

// Kinds of backups.
const (
	Daily  = "daily"
	Hourly = "hourly"
	Manual = "manual"
)

// prefix begins the names of this register's backups: several may share a place.
func prefix(root *vault.Root) string { return namePrefix + root.Fingerprint()[:shortPrint] + "-" }

// BaseName takes what people may give for a backup, a file name included, to its name.
func BaseName(given string) string {
	name := filepath.Base(filepath.ToSlash(given))
	name = strings.TrimSuffix(name, bodySuffix)
	return strings.TrimSuffix(name, labelSuffix)
}

// full tells whether a disk, a quota or a limit on files is at its end.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) ||
		errors.Is(err, sqlite3.FULL) || errors.Is(err, sqlite3.IOERR_WRITE) ||
		errors.Is(err, sqlite3.IOERR_FSYNC) || strings.Contains(fmt.Sprint(err), "file too large") ||
		strings.Contains(fmt.Sprint(err), "no space left")
}

// explain is why a backup was not made, in words.
func explain(where string, err error) error {
	if found, ok := fault.Of(err); ok && !full(err) {
		return found
	}
	if full(err) {
		return ErrDiskFull.With("where", where).Because(err)
	}
	return ErrFailed.With("where", where, "why", err).Because(err)
}

// why is an error in a few words, for a column.
func why(err error) string {
	if found, ok := fault.Of(err); ok {
		return found.In("zh") + " / " + found.In("en")
	}
	return err.Error()
}

var random io.Reader = rand.Reader
