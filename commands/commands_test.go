package commands

import (
	"bytes"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kehu": func() { os.Exit(Main(os.Args[1:], fstest.MapFS{}, "test")) },
		"book": writeBook,
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

// The command line is tested as written sessions (testdata/*.txt).
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"waitfor": waitForFile}})
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
