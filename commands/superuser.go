package commands

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"kehu/internal/fault"
)

// ErrNoSuperuser: no owner has that e-mail.
var ErrNoSuperuser = fault.Define("superuser_unknown", "没有邮箱为 {email} 的管理员",
	"No superuser has the e-mail {email}")

const superuserRecords = "/api/collections/_superusers/records"

// superuserCommand manages the owners of the system, on a running server too.
func superuserCommand(at *place, web fs.FS) *cobra.Command {
	parent := &cobra.Command{Use: "superuser", Short: "系统所有者账号 / accounts of the owners",
		Example: "  kehu superuser create owner@example.com 一个足够长的密码"}
	add := func(use, short string, args int, do func(ctx context.Context, c *client, a []string) error) {
		parent.AddCommand(&cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(args),
			Example: "  kehu superuser " + use,
			RunE: func(cmd *cobra.Command, a []string) error {
				c, done, err := at.connect(cmd.Context(), web)
				if err != nil {
					return err
				}
				err = do(cmd.Context(), c, a)
				if closeErr := done(); err == nil {
					err = closeErr
				}
				if err == nil {
					fmt.Fprintln(cmd.OutOrStdout(), "完成 / done")
				}
				return err
			}})
	}
	add("create EMAIL PASSWORD", "新建 / create", 2, createSuperuser)
	add("update EMAIL PASSWORD", "改密码 / change the password", 2, updateSuperuser)
	add("upsert EMAIL PASSWORD", "新建或改密码 / create or change", 2,
		func(ctx context.Context, c *client, a []string) error {
			err := updateSuperuser(ctx, c, a)
			if found, ok := fault.Of(err); ok && found.Code == ErrNoSuperuser.Code {
				return createSuperuser(ctx, c, a)
			}
			return err
		})
	add("delete EMAIL", "删除 / delete", 1, func(ctx context.Context, c *client, a []string) error {
		id, err := findSuperuser(ctx, c, a[0])
		if err != nil {
			return err
		}
		return c.call(ctx, http.MethodDelete, superuserRecords+"/"+id, nil, nil)
	})
	return parent
}

func createSuperuser(ctx context.Context, c *client, a []string) error {
	return c.call(ctx, http.MethodPost, superuserRecords,
		map[string]any{"email": a[0], "password": a[1], "passwordConfirm": a[1]}, nil)
}

func updateSuperuser(ctx context.Context, c *client, a []string) error {
	id, err := findSuperuser(ctx, c, a[0])
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPatch, superuserRecords+"/"+id,
		map[string]any{"password": a[1], "passwordConfirm": a[1]}, nil)
}

// findSuperuser finds an owner by the e-mail, which is kept in small letters.
func findSuperuser(ctx context.Context, c *client, email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	var list struct {
		Items []struct{ ID, Email string }
	}
	err := c.call(ctx, http.MethodGet, superuserRecords+"?perPage=500", nil, &list)
	if err != nil {
		return "", err
	}
	for _, one := range list.Items {
		if one.Email == email {
			return one.ID, nil
		}
	}
	return "", ErrNoSuperuser.With("email", email)
}
