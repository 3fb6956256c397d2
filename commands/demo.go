package commands

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kehu/demo"
	"kehu/internal/fault"
)

// ErrDemoUnfinished: the demonstration was not filled to its end.
var ErrDemoUnfinished = fault.Define("demo_unfinished",
	"演示数据没有写完，请删除 {dir} 和 {keys} 后重试",
	"The demonstration was not filled to its end: delete {dir} and {keys} and try again")

// roleLabels name the roles for the table of sign-ins.
var roleLabels = map[string]string{
	"owner": "系统所有者 owner", "sales": "销售 sales", "service": "客服 service",
	"marketing": "市场 marketing", "finance": "财务 finance", "manager": "部门负责人 manager",
	"executive": "高管 executive", "data_admin": "数据管理 data admin",
}

// fillDemo makes the demonstration company and says how to sign in, once: only hashes of the
// passwords are kept.
func (s *server) fillDemo(out io.Writer, now time.Time) error {
	fmt.Fprintln(out, "正在准备演示公司，请稍候 / preparing the demonstration, a few seconds")
	signIns, err := demo.Fill(s.app, demo.Random(), now)
	if err != nil {
		return ErrDemoUnfinished.With("dir", s.place.dir, "keys", s.place.keys).Because(err)
	}
	sample, err := writeSample(filepath.Dir(s.place.dir), now)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "演示公司 / Company      %s\n", demo.CompanyName)
	fmt.Fprintln(out, "登录（密码只显示这一次） / Sign-ins (passwords are shown this once)")
	table := [][]string{{"角色 role", "姓名 name", "邮箱 e-mail", "密码 password"}}
	for _, a := range signIns {
		table = append(table, []string{roleLabels[a.Role], a.Name, a.Email, a.Password})
	}
	printTable(out, table)
	fmt.Fprintf(out, "  系统所有者在 %s/_/ 登录，其他人在 %s/ / the owner signs in at /_/, the others at /\n",
		s.URL, s.URL)
	fmt.Fprintf(out, "下一步：登录后导入这个文件 / now import this file: %s\n", sample)
	return nil
}

// writeSample puts the sample workbook into a folder, beside one that a person may have edited.
func writeSample(folder string, now time.Time) (string, error) {
	var content bytes.Buffer
	if err := demo.Workbook(&content, demo.Random(), now); err != nil {
		return "", err
	}
	path := filepath.Join(folder, demo.WorkbookName)
	extension := filepath.Ext(path)
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			return path, copyTo(path, &content)
		}
		path = filepath.Join(folder, fmt.Sprintf("%s-%d%s",
			strings.TrimSuffix(demo.WorkbookName, extension), n, extension))
	}
}

// printTable prints rows with their columns under each other; Chinese characters are two wide.
func printTable(out io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], columnsOf(text))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, text := range row {
			line.WriteString("  " + text + strings.Repeat(" ", widths[i]-columnsOf(text)))
		}
		fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
	}
}

// columnsOf is how many columns of a terminal a text takes.
func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}
