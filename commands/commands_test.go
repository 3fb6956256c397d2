package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"kehu/internal/cipherdb"
	"kehu/internal/vault"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kehu":   func() { os.Exit(Main(os.Args[1:], fstest.MapFS{}, "test")) },
		"book":   writeBook,
		"tamper": tamper,
		"ask":    askServer,
	})
}

// writeBook makes a small workbook for the scripts: book FILE.
func writeBook() {
	f := excelize.NewFile()
	for i, row := range [][]any{{"客户名称", "联系人", "手机"}, {"甲有限公司", "王一", "13712341231"}, {"乙有限公司", "王二", "137"}} {
		if err := f.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &row); err != nil {
			panic(err)
		}
	}
	buffer := &bytes.Buffer{}
	if err := f.Write(buffer); err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[1], buffer.Bytes(), 0o600); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// tamper does what whoever holds a copy of the file and its key may do with SQLite's own tools:
// tamper DIR KEYS STATEMENT…. The guards of the audit log are taken away first.
func tamper() {
	root, err := vault.OpenRoot(os.Args[2])
	if err != nil {
		panic(err)
	}
	db, err := cipherdb.Open(filepath.Join(os.Args[1], "data.db"), cipherdb.Key(root.DatabaseKey()), cipherdb.Options{})
	if err != nil {
		panic(err)
	}
	for _, statement := range append([]string{"DROP TRIGGER kehu_audit_insert", "DROP TRIGGER kehu_audit_update",
		"DROP TRIGGER kehu_audit_delete"}, os.Args[3:]...) {
		if _, err := db.Exec(statement); err != nil {
			panic(statement + ": " + err.Error())
		}
	}
	if err := db.Close(); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// askServer asks the server whose note lies in a keys folder, as an owner, and prints the status and
// the answer: ask KEYS EMAIL PASSWORD METHOD PATH [JSON].
func askServer() {
	note := struct{ URL string }{}
	text, err := os.ReadFile(filepath.Join(os.Args[1], "server.json"))
	if err == nil {
		err = json.Unmarshal(text, &note)
	}
	if err != nil {
		panic(err)
	}
	send := func(token, method, path string, body string) (int, string) {
		request, err := http.NewRequest(method, note.URL+path, strings.NewReader(body))
		if err != nil {
			panic(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			panic(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			panic(err)
		}
		return response.StatusCode, string(content)
	}
	status, answer := send("", "POST", "/api/collections/_superusers/auth-with-password",
		fmt.Sprintf(`{"identity": %q, "password": %q}`, os.Args[2], os.Args[3]))
	signed := struct{ Token string }{}
	if err := json.Unmarshal([]byte(answer), &signed); err != nil || status != http.StatusOK {
		panic(answer)
	}
	fmt.Println(send(signed.Token, os.Args[4], os.Args[5], strings.Join(os.Args[6:], "")))
	os.Exit(0)
}

// The command line is tested as written sessions (testdata/*.txt).
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"waitfor": waitForFile,
			"duplicate": duplicate}})
}

// duplicate copies a folder, its permissions included: duplicate FROM TO.
func duplicate(ts *testscript.TestScript, _ bool, args []string) {
	from, to := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	ts.Check(os.CopyFS(to, os.DirFS(from)))
	ts.Check(filepath.WalkDir(to, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := os.FileMode(0o600)
		if entry.IsDir() {
			mode = 0o700
		}
		return os.Chmod(path, mode)
	}))
}

// waitForFile waits until a file is there: waitfor FILE.
func waitForFile(ts *testscript.TestScript, _ bool, args []string) {
	for range 300 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s is not made", args[0])
}
