package commands

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kehu/internal/fault"
)

// ErrNoMember: nobody on the staff has that e-mail.
var ErrNoMember = fault.Define("member_unknown", "没有邮箱为 {email} 的员工",
	"No member of staff has the e-mail {email}")

// staffCommand lets whoever administers the machine bring a member in again who has lost password or
// second factor, where nobody else can. The audit log names the command line as who did it.
func staffCommand(at *place, web fs.FS) *cobra.Command {
	parent := &cobra.Command{Use: "staff", Short: "员工登录的最后办法 / the last way in for a member",
		Example: "  kehu staff link admin@example.com --reset-factor"}
	var reset bool
	link := &cobra.Command{
		Use:   "link EMAIL",
		Short: "生成一次性链接 / make a one-time link",
		Long: "为忘记密码的员工生成一次性链接，用它设置新密码；--reset-factor 同时清除其双重验证。\n" +
			"Makes a one-time link by which a member sets a new password; --reset-factor takes a lost second factor away too.",
		Args: cobra.ExactArgs(1), Example: "  kehu staff link admin@example.com --reset-factor",
	}
	link.Flags().BoolVar(&reset, "reset-factor", false, "同时清除双重验证 / take the second factor away too")
	link.RunE = func(cmd *cobra.Command, a []string) error {
		c, done, err := at.connect(cmd.Context(), web)
		if err != nil {
			return err
		}
		made, err := memberLink(cmd.Context(), c, a[0], reset)
		if closeErr := done(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "把下面这段接在网页地址之后打开，只能用一次，%s 前有效\n"+
			"Open this behind the address of the web page; it is good once, until %[1]s\n  %[2]s\n", localTime(made.Expires), made.Path)
		return nil
	}
	parent.AddCommand(link)
	return parent
}

// localTime says a moment by this machine's clock, with its zone.
func localTime(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return at.Local().Format("2006-01-02 15:04 -07:00")
}

type madeLink struct{ Path, Expires string }

func memberLink(ctx context.Context, c *client, email string, reset bool) (made madeLink, err error) {
	var list struct {
		Items []struct{ ID, Email string }
	}
	email = strings.ToLower(strings.TrimSpace(email))
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(email)
	if err := c.call(ctx, http.MethodGet, "/api/collections/staff/records?filter="+
		url.QueryEscape("email='"+quoted+"'"), nil, &list); err != nil {
		return made, err
	}
	if len(list.Items) != 1 || list.Items[0].Email != email {
		return made, ErrNoMember.With("email", email)
	}
	member := "/api/kehu/staff/" + list.Items[0].ID
	if err := c.call(ctx, http.MethodPost, member+"/link", nil, &made); err != nil {
		return made, err
	}
	if reset {
		err = c.call(ctx, http.MethodDelete, member+"/factor", nil, nil)
	}
	return made, err
}
