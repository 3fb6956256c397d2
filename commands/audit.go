package commands

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/pocketbase/dbx"
	"github.com/spf13/cobra"

	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/cipherdb"
	"kehu/internal/fault"
	"kehu/internal/ledger"
	"kehu/internal/vault"
)

// ErrNoData: there is no register in the directory.
var ErrNoData = fault.Define("directory_empty", "数据目录 {dir} 中没有登记簿；请用 --dir 指定数据目录",
	"There is no register in the data directory {dir}: name the right one with --dir")

// auditCommand looks after the audit log.
func auditCommand(at *place) *cobra.Command {
	parent := &cobra.Command{Use: "audit", Short: "审计日志 / the audit log",
		Example: "  kehu audit verify"}
	parent.AddCommand(&cobra.Command{Use: "verify", Args: cobra.NoArgs,
		Short: "逐条检验审计日志，指出第一条不符的记录 / check every entry, name the first bad one",
		Long: "检验审计日志的校验链和密钥目录中的锚点。服务在运行时由服务检验；也可用于数据目录的副本。\n" +
			"Checks the chain of the log and its anchors in the keys folder; on a copy of a data directory too.",
		Example: "  kehu audit verify\n  kehu audit verify --dir 副本/kehu_data --keys 密钥目录",
		RunE: func(cmd *cobra.Command, _ []string) error {
			verdict, err := at.verifyAudit(cmd.Context())
			if err != nil {
				return err
			}
			return verdict.tell(cmd.OutOrStdout(), cmd.ErrOrStderr())
		}})
	return parent
}

// auditVerdict is the answer of GET /audit/verify.
type auditVerdict struct {
	OK       bool   `json:"ok"`
	Entries  int64  `json:"entries"`
	From     int64  `json:"from"`
	FirstBad int64  `json:"first_bad"`
	Message  string `json:"message"`

	Restores []collections.AuditRestore `json:"restores"`
}

func (v *auditVerdict) tell(out, problems io.Writer) error {
	for _, r := range v.Restores {
		fmt.Fprintf(out, "第 %d 条 entry %d：%s 由 %s 恢复备份 restored from %s（%s）", r.Seq, r.Seq, r.At, r.By,
			r.Backup, r.Made)
		if r.To > 0 {
			fmt.Fprintf(out, "；备份之后的记录 entries since the backup: %d–%d，在 kept in %s", r.From, r.To, r.Aside)
		}
		fmt.Fprintln(out)
	}
	if !v.OK {
		fmt.Fprintf(problems, "kehu: %s\n第一条不符 / first bad entry: %d\n", v.Message, v.FirstBad)
		return exitCode(1)
	}
	fmt.Fprintf(out, "审计日志完整 / the audit log holds: %d 条 entries（%d–%d）\n", v.Entries, v.From,
		v.From+v.Entries-1)
	return nil
}

// verifyAudit asks the server that holds the directory, or reads the files where none does.
func (p *place) verifyAudit(ctx context.Context) (*auditVerdict, error) {
	if _, err := os.Stat(filepath.Join(p.dir, "data.db")); err != nil {
		return nil, ErrNoData.With("dir", p.dir)
	}
	lock, held, err := p.lockDir()
	if err != nil {
		return nil, err
	}
	if held {
		c, err := p.find(ctx)
		if err != nil {
			return nil, err
		}
		verdict := &auditVerdict{}
		return verdict, c.call(ctx, http.MethodGet, "/api/kehu/audit/verify", nil, verdict)
	}
	defer lock.Unlock()
	root, err := collections.OpenKeys(p.dir, p.keys, rand.Reader)
	if err != nil {
		return nil, err
	}
	return p.readAudit(root)
}

// readAudit checks the files as they lie there. It changes nothing of them.
func (p *place) readAudit(root *vault.Root) (*auditVerdict, error) {
	key := ledger.NewKey(root.AuditKey())
	content, err := os.ReadFile(filepath.Join(p.keys, hooks.AnchorFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	db, err := cipherdb.Open(filepath.Join(p.dir, "data.db"), cipherdb.Key(root.DatabaseKey()),
		cipherdb.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	report, err := collections.CheckAudit(collections.Through(dbx.NewFromDB(db, "sqlite3")), key,
		key.ReadAnchors(content))
	if err != nil {
		return nil, err
	}
	verdict := &auditVerdict{OK: report.Broken == nil, Entries: report.Entries, From: report.From,
		Restores: report.Restores}
	if b := report.Broken; b != nil {
		verdict.FirstBad, verdict.Message = b.Seq, b.Why.In(terminalLanguage())
	}
	return verdict, nil
}
