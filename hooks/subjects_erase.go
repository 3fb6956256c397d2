package hooks

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pocketbase/pocketbase/core"
	"github.com/rogpeppe/go-internal/robustio"

	"kehu/collections"
	"kehu/internal/fault"
)

// ErrEraseArchived: of an organisation in the archive nothing can be taken out.
var ErrEraseArchived = fault.Define("erase_archived", "{number} 在归档库中，请先恢复该机构客户，再删除其中的个人信息",
	"{number} is an organisation in the archive: restore it first, then erase the people in it")

// ErasuresFile is the name of the list of erasures in the keys folder, beside which it outlives
// the restore of any backup.
const ErasuresFile = "erasures.jsonl"

// eraseSubject erases a person: the key of the sealed values is destroyed, personal data are
// blanked, and the act goes on the list that restores replay. app may be a transaction; what
// follows its commit is done by then. Fault: collections.ErrErased for one who was erased before.
func (h *House) eraseSubject(app core.App, customer string, who actor, reason string) error {
	if err := checkReason(reason, ErrReasonLength); err != nil {
		return err
	}
	if !app.IsTransactional() {
		return app.RunInTransaction(func(tx core.App) error {
			return h.eraseSubject(tx, customer, who, reason)
		})
	}
	db := collections.Through(app.DB())
	done, err := collections.Erased(db, customer)
	if err != nil {
		return err
	}
	if done {
		return collections.ErrErased
	}
	number, err := collections.NumberOf(db, customer)
	archived, archiveErr := collections.ArchiveOf(db, customer)
	switch err = errors.Join(err, archiveErr); {
	case err != nil || archived == nil:
	case archived.Kind == "individual":
		number = archived.Number
	default: // people of an organisation go one by one, and the rest is kept
		return ErrEraseArchived.With("number", archived.Number)
	}
	if err != nil || number == "" {
		return errors.Join(err, ErrMissingRecord)
	}
	erasure := collections.NewErasure(h.options.Root(), customer, stampOf(h.options.Clock()), who.ID)
	if err := collections.EraseSubject(app, erasure); err != nil {
		return err
	}
	err = h.note(app, who, "erase", on("customers", customer), map[string]any{"number": number,
		"reason": reason})
	if err != nil {
		return err
	}
	app.TxInfo().OnComplete(func(failed error) error {
		if failed != nil {
			return nil
		}
		return errors.Join(collections.EmptyLog(h.app), h.deleteGoneFiles(), h.listErasures())
	})
	return nil
}

// EraseSubject erases a person, for the data administrator who decided it: see eraseSubject.
func (h *House) EraseSubject(customer string, by *core.Record, reason string) error {
	return h.eraseSubject(h.app, customer, actorOf(by), reason)
}

// listErasures writes the list into the keys folder.
func (h *House) listErasures() error {
	if h.options.Keys == "" {
		return nil
	}
	list, err := collections.Erasures(collections.Through(h.app.DB()))
	if err != nil || len(list) == 0 {
		return err
	}
	var text bytes.Buffer
	if err := collections.WriteErasures(&text, list); err != nil {
		return err
	}
	return writeDurably(filepath.Join(h.options.Keys, ErasuresFile), text.Bytes())
}

// replayErasures erases anew, at a start, who stands on the list in the keys folder and not in the
// database: the data directory was restored from a backup from before.
func (h *House) replayErasures() error {
	if h.options.Keys == "" || h.options.Still {
		return nil
	}
	file, err := os.Open(filepath.Join(h.options.Keys, ErasuresFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h.listErasures()
	}
	if err != nil {
		return err
	}
	list, err := collections.ReadErasures(file, h.options.Root())
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if _, err := collections.ReplayErasures(h.app, list); err != nil {
		return err
	}
	return h.listErasures()
}

// writeDurably leaves the old file or the new one, whole.
func writeDurably(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = robustio.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
