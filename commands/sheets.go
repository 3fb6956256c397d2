package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type importFlags struct {
	collection, sheet, mapping, department, onDuplicate, owner, errors, reason string
	dryRun, hidden                                                             bool
	consent                                                                    []string
}

func importCommand(at *place, web fs.FS) *cobra.Command {
	f := &importFlags{}
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "导入 Excel 或 CSV / import a workbook",
		Long: "导入 .xlsx 或 .csv。退出码：0 全部行已收下，3 有行被拒，1 失败。\n" +
			"Exit codes: 0 all rows taken, 3 some rows refused, 1 failed.",
		Example: "  kehu import 客户.xlsx --errors 错误.xlsx\n  kehu import 客户.csv --dry-run",
		Args:    cobra.ExactArgs(1),
	}
	flags := command.Flags()
	flags.StringVar(&f.collection, "collection", "customers", "导入到哪个集合 / collection")
	flags.StringVar(&f.sheet, "sheet", "", "工作表名 / sheet")
	flags.StringVar(&f.mapping, "mapping", "", "列对应关系的 JSON 文件 / JSON file: header → field")
	flags.StringVar(&f.department, "department", "", "归属部门 / department")
	flags.StringVar(&f.onDuplicate, "on-duplicate", "skip", "重复时 skip、update 或 review / on a duplicate")
	flags.StringVar(&f.owner, "owner", "", "负责人的邮箱 / e-mail of the owner")
	flags.StringVar(&f.errors, "errors", "", "错误表保存到 / where to save the error workbook")
	flags.StringVar(&f.reason, "confirm-duplicate", "", "确认疑似重复的理由 / reason for shared mobiles")
	flags.BoolVar(&f.dryRun, "dry-run", false, "只检查，不写入 / check only")
	flags.BoolVar(&f.hidden, "hidden", false, "也导入隐藏行 / hidden rows too")
	flags.StringSliceVar(&f.consent, "consent", nil, "已取得的授权用途 / purposes consented to")
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if _, err := os.Stat(args[0]); err != nil {
			return fmt.Errorf("找不到文件 %s / no such file", args[0])
		}
		c, done, err := at.connect(cmd.Context(), web)
		if err != nil {
			return err
		}
		err = f.run(cmd, c, args[0])
		if closeErr := done(); err == nil {
			err = closeErr
		}
		return err
	}
	return command
}

// imported is an import as the server describes it.
type imported struct {
	ID, State, Error string
	Counts           map[string]int
	Progress         struct {
		Done, Total int
		Rate, ETA   float64
	}
}

func (f *importFlags) run(cmd *cobra.Command, c *client, file string) error {
	ctx := cmd.Context()
	id, err := f.upload(ctx, c, file)
	if err != nil {
		return err
	}
	show, err := waitFor(ctx, c, id, "previewing", nil)
	if err != nil {
		return err
	}
	if show.State != "ready" {
		return fmt.Errorf("%s", show.Error)
	}
	if err := c.call(ctx, http.MethodPost, "/api/kehu/imports/"+id+"/start", nil, nil); err != nil {
		return err
	}
	show, err = waitFor(ctx, c, id, "running", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	return f.report(cmd, c, show)
}

func (f *importFlags) upload(ctx context.Context, c *client, file string) (string, error) {
	options := map[string]any{"on_duplicate": f.onDuplicate, "owner": f.owner,
		"department": f.department, "dry_run": f.dryRun, "hidden": f.hidden, "consent": f.consent,
		"confirm_duplicate": f.reason}
	form := map[string]string{"collection": f.collection, "sheet": f.sheet}
	text, err := json.Marshal(options)
	if err != nil {
		return "", err
	}
	form["options"] = string(text)
	if f.mapping != "" {
		text, err := os.ReadFile(f.mapping)
		if err != nil {
			return "", err
		}
		form["mapping"] = string(text)
	}
	source, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer source.Close()
	body, contentType := multipartBody(form, filepath.Base(file), source)
	response, err := c.do(ctx, http.MethodPost, "/api/kehu/imports", contentType, body)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer imported
	return answer.decode(response.Body)
}

func (i *imported) decode(r io.Reader) (string, error) {
	err := json.NewDecoder(r).Decode(i)
	return i.ID, err
}

// multipartBody streams a form with one file.
func multipartBody(form map[string]string, name string, file io.Reader) (io.Reader, string) {
	reader, writer := io.Pipe()
	parts := multipart.NewWriter(writer)
	go func() {
		for key, value := range form {
			if err := parts.WriteField(key, value); err != nil {
				writer.CloseWithError(err)
				return
			}
		}
		part, err := parts.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(part, file)
		}
		if err == nil {
			err = parts.Close()
		}
		writer.CloseWithError(err)
	}()
	return reader, parts.FormDataContentType()
}

// waitFor polls an import until it has left a state, and prints its progress.
func waitFor(ctx context.Context, c *client, id, state string, progress io.Writer) (*imported, error) {
	for {
		show := &imported{}
		if err := c.call(ctx, http.MethodGet, "/api/kehu/imports/"+id, nil, show); err != nil {
			return nil, err
		}
		if p := show.Progress; progress != nil && p.Total > 0 {
			fmt.Fprintf(progress, "\r%d/%d 行 rows, %.0f/s, 剩余 left %.0fs   ", p.Done, p.Total, p.Rate, p.ETA)
		}
		if show.State != state {
			if progress != nil {
				fmt.Fprintln(progress)
			}
			return show, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// report prints the summary, saves the error workbook, and tells by the exit code whether all rows
// were taken.
func (f *importFlags) report(cmd *cobra.Command, c *client, show *imported) error {
	if show.State != "done" {
		return fmt.Errorf("导入未完成（%s）：%s / the import ended %s", show.State, show.Error, show.State)
	}
	n := show.Counts
	fmt.Fprintf(cmd.OutOrStdout(), "共 total %d：新建 created %d，更新 updated %d，未变 unchanged %d，待补充 incomplete %d，重复 duplicate %d，失败 failed %d，空行 blank %d\n",
		n["total"], n["created"], n["updated"], n["unchanged"], n["incomplete"], n["duplicate"],
		n["failed"], n["blank"])
	refused := n["failed"] + n["duplicate"]
	if f.errors != "" && refused > 0 {
		err := c.download(cmd.Context(), "/api/kehu/imports/"+show.ID+"/errors.xlsx", f.errors)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "错误表 error workbook: %s\n", f.errors)
	}
	if refused > 0 {
		return exitCode(3)
	}
	return nil
}

func templateCommand(at *place, web fs.FS) *cobra.Command {
	return &cobra.Command{
		Use: "template OUT.xlsx", Short: "生成导入模板 / write the import template",
		Example: "  kehu template 模板.xlsx", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, done, err := at.connect(cmd.Context(), web)
			if err != nil {
				return err
			}
			err = c.download(cmd.Context(), "/api/kehu/imports/template", args[0])
			if closeErr := done(); err == nil {
				err = closeErr
			}
			return err
		},
	}
}

func exportCommand(at *place, web fs.FS) *cobra.Command {
	var filter, columns, reason string
	command := &cobra.Command{
		Use: "export OUT.xlsx|OUT.csv", Short: "导出客户 / export customers",
		Example: `  kehu export --reason "季度对账" 客户.xlsx` + "\n" +
			`  kehu export --filter "stage='won'" --columns number,name --reason "季度对账" 客户.csv`,
		Args: cobra.ExactArgs(1),
	}
	command.Flags().StringVar(&filter, "filter", "", "筛选表达式 / filter")
	command.Flags().StringVar(&columns, "columns", "", "列，逗号分隔 / columns")
	command.Flags().StringVar(&reason, "reason", "", "用途（必填） / what for (required)")
	command.RunE = func(cmd *cobra.Command, args []string) error {
		c, done, err := at.connect(cmd.Context(), web)
		if err != nil {
			return err
		}
		err = exportTo(cmd, c, args[0], filter, columns, reason)
		if closeErr := done(); err == nil {
			err = closeErr
		}
		return err
	}
	return command
}

func exportTo(cmd *cobra.Command, c *client, file, filter, columns, reason string) error {
	body := map[string]any{"filter": filter, "reason": reason,
		"format": strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), ".")}
	if columns != "" {
		body["columns"] = strings.Split(columns, ",")
	}
	var job struct {
		ID, State, Error string
		Rows             int
	}
	ctx := cmd.Context()
	if err := c.call(ctx, http.MethodPost, "/api/kehu/exports", body, &job); err != nil {
		return err
	}
	for job.State == "running" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		if err := c.call(ctx, http.MethodGet, "/api/kehu/exports/"+job.ID, nil, &job); err != nil {
			return err
		}
	}
	if job.State != "done" {
		return fmt.Errorf("%s", job.Error)
	}
	if err := c.download(ctx, "/api/kehu/exports/"+job.ID+"/file", file); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "已导出 exported %d 行 rows: %s\n", job.Rows, file)
	return nil
}
