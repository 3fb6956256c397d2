package backups

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/policy"
)

// Faults of the identities.
var (
	ErrIdentity = fault.Define("backup_identity",
		"恢复密钥的内容不正确：应为以 AGE-SECRET-KEY-1 开头的一行，请逐字核对恢复表",
		"That is no recovery identity: it is a line that begins with AGE-SECRET-KEY-1; compare it with the "+
			"recovery sheet letter by letter")
	ErrNoIdentity = fault.Define("backup_no_identity",
		"密钥目录中没有可用的恢复密钥；请用 --identity 指定恢复表上的密钥文件（- 表示标准输入）",
		"The keys folder holds no identity: name a file with the one of the recovery sheet by --identity "+
			"(- is standard input)")
	ErrRecoveryGone = fault.Define("backup_recovery_gone", "恢复密钥已不在本机；需要时请使用恢复表",
		"The recovery identity is not on this machine any more: use the recovery sheet")
)

// The two to whom every backup is encrypted. The recovery identity belongs on paper; the drill
// identity stays in the keys folder, where it proves each week that backups restore, or is removed.
const (
	RecoveryRole = "recovery"
	DrillRole    = "drill"
)

func identityFile(keysDir, role string) string { return filepath.Join(keysDir, role+".key") }

// Prepare makes the identities at the first start and marks what a crash left behind. A role whose
// recipient is known gets no new identity: the old one is on paper, or was removed on purpose.
func (k *Keeper) Prepare() error {
	known, err := k.recipients()
	if err != nil {
		return err
	}
	for _, role := range []string{RecoveryRole, DrillRole} {
		if known[role] != "" {
			continue
		}
		if err := k.makeIdentity(role); err != nil {
			return err
		}
	}
	return errors.Join(k.interrupted(), k.sweep())
}

// makeIdentity writes an identity to the keys folder, or takes the one that is there, before its
// recipient is known to the database: no backup is ever encrypted to a key that nobody has.
func (k *Keeper) makeIdentity(role string) error {
	identity, err := k.fileIdentity(role)
	if err != nil {
		return err
	}
	return k.db().Exec(`INSERT INTO kehu_recipients (role, recipient, made) VALUES (?, ?, ?)
		ON CONFLICT (role) DO UPDATE SET recipient = excluded.recipient, made = excluded.made`,
		role, identity.Recipient().String(), collections.Stamp(k.Clock()))
}

// fileIdentity is the identity of the keys folder, made where there is none.
func (k *Keeper) fileIdentity(role string) (*age.X25519Identity, error) {
	path := identityFile(k.KeysDir, role)
	identity, err := readIdentity(path)
	if errors.Is(err, os.ErrNotExist) {
		if identity, err = age.GenerateX25519Identity(); err != nil {
			return nil, err
		}
		text := fmt.Sprintf("# kehu %s identity, %s\n# public key: %s\n%s\n", role,
			k.Clock().UTC().Format(time.RFC3339), identity.Recipient(), identity)
		err = writeWhole(path, strings.NewReader(text), nil)
	}
	return identity, err
}

func readIdentity(path string) (*age.X25519Identity, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "AGE-SECRET-KEY-1") {
			identity, err := age.ParseX25519Identity(line)
			if err != nil {
				return nil, ErrIdentity // without the cause, which may quote the key
			}
			return identity, nil
		}
	}
	return nil, ErrIdentity
}

// ReadIdentities reads identities as people type them: in any case, with spaces and comments.
func ReadIdentities(r io.Reader) ([]age.Identity, error) {
	text, err := io.ReadAll(io.LimitReader(r, 1<<16))
	if err != nil {
		return nil, err
	}
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			line = strings.ToUpper(strings.Join(strings.Fields(line), ""))
		}
		kept.WriteString(line + "\n")
	}
	identities, err := age.ParseIdentities(strings.NewReader(kept.String()))
	if err != nil {
		return nil, ErrIdentity
	}
	return identities, nil
}

// KeptIdentities are those that lie in a keys folder.
func KeptIdentities(keysDir string) ([]age.Identity, error) {
	var found []age.Identity
	for _, role := range []string{RecoveryRole, DrillRole} {
		identity, err := readIdentity(identityFile(keysDir, role))
		switch {
		case err == nil:
			found = append(found, identity)
		case !errors.Is(err, os.ErrNotExist):
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, ErrNoIdentity
	}
	return found, nil
}

// recipients are the register's own, by role.
func (k *Keeper) recipients() (map[string]string, error) {
	rows, err := k.db().Query("SELECT role, recipient FROM kehu_recipients")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]string{}
	for rows.Next() {
		var role, recipient string
		if err := rows.Scan(&role, &recipient); err != nil {
			return nil, err
		}
		known[role] = recipient
	}
	return known, rows.Err()
}

// encryptTo lists to whom a backup is encrypted now: the company's own recipients, or else the
// register's recovery recipient; and the drill's for as long as its identity is there.
func (k *Keeper) encryptTo(p policy.Backups) (names []string, to []age.Recipient, err error) {
	known, err := k.recipients()
	if err != nil {
		return nil, nil, err
	}
	names = p.Recipients
	if len(names) == 0 && known[RecoveryRole] != "" {
		names = []string{known[RecoveryRole]}
	}
	if len(names) == 0 {
		return nil, nil, ErrNoRecipient
	}
	if known[DrillRole] != "" && k.HasIdentity(DrillRole) {
		names = append(names[:len(names):len(names)], known[DrillRole])
	}
	to, err = age.ParseRecipients(strings.NewReader(strings.Join(names, "\n")))
	if err != nil {
		return nil, nil, ErrNoRecipient.Because(err)
	}
	return names, to, nil
}

// HasIdentity tells whether a role's identity lies in the keys folder.
func (k *Keeper) HasIdentity(role string) bool {
	_, err := os.Stat(identityFile(k.KeysDir, role))
	return err == nil
}

// RecoveryText is the recovery identity as it stands on the recovery sheet.
func RecoveryText(keysDir string) (string, error) {
	identity, err := readIdentity(identityFile(keysDir, RecoveryRole))
	if errors.Is(err, os.ErrNotExist) {
		return "", ErrRecoveryGone
	}
	if err != nil {
		return "", err
	}
	return identity.String(), nil
}

// RemoveIdentity takes an identity off the machine: the recovery identity once it is on paper, the
// drill identity where nobody on this machine shall open backups.
func RemoveIdentity(keysDir, role string) error {
	err := os.Remove(identityFile(keysDir, role))
	if errors.Is(err, os.ErrNotExist) {
		return ErrRecoveryGone
	}
	return err
}
