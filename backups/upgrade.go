package backups

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"filippo.io/age"

	"kehu/internal/policy"
)

// BeforeUpgrade makes a backup of a register whose tables are those of an older program, and proves
// it: every copy is read again, and where an identity lies in the keys folder the backup is restored
// on trial and this program started on the copy, which rehearses the upgrade itself. The oldest
// tables hold no book of backups; it is written where there is one.
func (k *Keeper) BeforeUpgrade(ctx context.Context) (*Made, error) {
	release, err := k.hold()
	if err != nil {
		return nil, err
	}
	defer release()
	set, err := k.policies()
	if err != nil {
		return nil, err
	}
	places, err := k.places(set.Backups)
	if err != nil {
		return nil, err
	}
	booked, err := k.hasBook()
	if err != nil {
		return nil, err
	}
	names, to, err := k.recipientsBefore(set.Backups, booked)
	if err != nil {
		return nil, err
	}
	now := k.Clock().In(set.Company.Location())
	about := About{Format: format, Kind: Manual, At: now, Product: k.Version,
		Root: k.Root().Fingerprint(), Recipients: names}
	about.Name, err = k.freeName(ctx, places, prefix(k.Root())+now.Format(nameLayout)+"-"+Manual, booked)
	if err != nil {
		return nil, err
	}
	made, err := k.make(ctx, about, to, places)
	if err != nil {
		return made, err
	}
	if booked {
		if err := k.bringErasures(ctx, places, made); err != nil {
			return made, err
		}
		record, err := k.begin(about.Name, Manual, system)
		if err != nil {
			return made, err
		}
		if err := k.end(record, made, nil); err != nil {
			return made, err
		}
	}
	return made, k.prove(ctx, places, made)
}

// bookTables are the tables that backups need, where they are there.
const bookTables = `SELECT name FROM sqlite_schema
	WHERE type = 'table' AND name IN ('backups_log', 'kehu_recipients')`

// hasBook tells whether the tables have a book of backups yet.
func (k *Keeper) hasBook() (bool, error) {
	rows, err := k.db().Query("SELECT count(*) FROM (" + bookTables + ")")
	if err != nil {
		return false, err
	}
	defer rows.Close()
	n := 0
	if rows.Next() {
		err = rows.Scan(&n)
	}
	return n == 2, err
}

// recipientsBefore are those to whom the backup is encrypted; where the tables know of none yet,
// those whose identities lie in the keys folder, made now where they are missing.
func (k *Keeper) recipientsBefore(p policy.Backups, booked bool) (names []string, to []age.Recipient, err error) {
	if booked {
		return k.encryptTo(p)
	}
	names = p.Recipients
	for role, wanted := range map[string]bool{RecoveryRole: len(p.Recipients) == 0, DrillRole: p.Drill != "off"} {
		if !wanted {
			continue
		}
		identity, err := k.fileIdentity(role)
		if err != nil {
			return nil, nil, err
		}
		names = append(names[:len(names):len(names)], identity.Recipient().String())
	}
	to, err = age.ParseRecipients(strings.NewReader(strings.Join(names, "\n")))
	if err != nil {
		return nil, nil, ErrNoRecipient.Because(err)
	}
	return names, to, nil
}

// prove reads every copy that was made, and restores the first on trial.
func (k *Keeper) prove(ctx context.Context, places []place, made *Made) error {
	proven := false
	for i, p := range places {
		if i >= len(made.Copies) || made.Copies[i].State != "done" {
			continue
		}
		if err := same(ctx, p, made); err != nil {
			return err
		}
		identities, err := KeptIdentities(k.KeysDir)
		if err != nil || proven || k.Try == nil {
			continue // on paper: the sums are what can be proven here
		}
		label, err := readLabel(ctx, p, made.Name)
		if err != nil {
			return err
		}
		proof, err := k.drill(ctx, p, label, identities)
		if err != nil {
			return ErrDrill.With("name", made.Name, "why", why(err)).Because(err)
		}
		made.Log = proof.Log.Broken // it stands in the log for ever, and hinders no restore either
		proven = true
	}
	return nil
}

// same reads a copy and compares it with what was written.
func same(ctx context.Context, p place, made *Made) error {
	body, err := p.open(ctx, made.Name+bodySuffix)
	if err != nil {
		return err
	}
	defer body.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, withContext(ctx, body))
	if err != nil {
		return err
	}
	if n != made.Size || hex.EncodeToString(sum.Sum(nil)) != made.SHA256 {
		return ErrDamaged.With("name", made.Name, "why", "SHA-256")
	}
	return nil
}
