package commands

import (
	"slices"
	"strings"
	"testing"
)

func windowsExample() service {
	return service{name: "kehu", program: `C:\Program Files\Kehu\kehu.exe`, dir: `C:\ProgramData\Kehu\data`,
		keys: `D:\密 钥\`, more: []string{`E:\backups`}, serve: []string{"--self-signed", "--https", "0.0.0.0:8443"}}
}

// asWindowsReads takes a command line apart as CommandLineToArgvW is documented to.
func asWindowsReads(line string) (words []string) {
	word, in, some, slashes := []rune{}, false, false, 0
	flush := func(n int) { word = append(word, []rune(strings.Repeat(`\`, n))...) }
	for _, c := range line {
		switch {
		case c == '\\':
			slashes++
			continue
		case c == '"' && slashes%2 == 1:
			flush(slashes / 2)
			word = append(word, '"')
		case c == '"':
			flush(slashes / 2)
			in, some = !in, true
		case (c == ' ' || c == '\t') && !in:
			flush(slashes)
			if len(word) > 0 || some {
				words = append(words, string(word))
			}
			word, some = nil, false
		default:
			flush(slashes)
			word = append(word, c)
		}
		slashes = 0
	}
	flush(slashes)
	if len(word) > 0 || some {
		words = append(words, string(word))
	}
	return words
}

func TestWindowsReadsTheCommandLineBack(t *testing.T) {
	for _, words := range [][]string{
		{`C:\Kehu\kehu.exe`, "serve"}, {`C:\Program Files\Kehu\kehu.exe`, "serve", "--dir", `D:\a b\`},
		{"", "a"}, {`a\"b`, `c\\`, `d e\\`, `"`, `\`}, {"客户 登记", "tab\there", `x\\"y z\"`},
	} {
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, windowsWord(w))
		}
		if got := asWindowsReads(strings.Join(quoted, " ")); !slices.Equal(got, words) {
			t.Errorf("%q is read as %q", words, got)
		}
	}
	s := windowsExample()
	if got, want := asWindowsReads(s.windowsLine()), append([]string{s.program}, s.arguments()...); !slices.Equal(got, want) {
		t.Errorf("the service is started as %q", got)
	}
}

// What is shown is what is done: the folders are closed, the program is one word with its arguments, it
// starts with the machine, as a user without rights, and again after each failure.
func TestTheDefinitionForWindows(t *testing.T) {
	s := windowsExample()
	lines := strings.Split(strings.TrimSuffix(s.windowsDefinition(), "\r\n"), "\r\n")
	if len(lines) != 8 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	for i, folder := range []string{s.dir, s.keys, s.dir + "-backups"} {
		words := asWindowsReads(lines[i])
		if !slices.Equal(words, []string{"icacls.exe", folder, "/inheritance:r", "/grant:r", "*S-1-5-19:(OI)(CI)F",
			"*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", "/T", "/Q"}) {
			t.Errorf("%s is opened to %q", folder, words)
		}
	}
	if words := asWindowsReads(lines[3]); !slices.Equal(words, []string{"icacls.exe", `E:\backups`, "/grant", "*S-1-5-19:(OI)(CI)M", "/Q"}) {
		t.Errorf("the folder for backups: %q", words)
	}
	create := asWindowsReads(lines[4])
	if want := []string{"sc.exe", "create", "kehu", "binPath=", s.windowsLine(), "start=", "delayed-auto", "obj=",
		`NT AUTHORITY\LocalService`, "DisplayName=", "Kehu 客户登记"}; !slices.Equal(create, want) {
		t.Errorf("%q", create)
	}
	if lines[5] != "sc.exe failure kehu reset= 86400 actions= restart/5000/restart/5000/restart/5000" ||
		lines[6] != "sc.exe failureflag kehu 1" || lines[7] != "sc.exe start kehu" {
		t.Errorf("%q", lines[5:])
	}
}

func TestServicesAreCheckedOnWindows(t *testing.T) {
	for name, change := range map[string]func(*service){
		"a share of the network":   func(s *service) { s.dir = `\\nas\kehu` },
		"a folder of no disk":      func(s *service) { s.keys = `\keys` },
		"a path that is not whole": func(s *service) { s.more = []string{"backups"} },
		"the root of a disk":       func(s *service) { s.dir = `C:\` },
		"a quote in a path":        func(s *service) { s.dir = `C:\a" --http-anyway "` },
		"a variable in a path":     func(s *service) { s.dir = `C:\%TEMP%\x` },
		"a name that is a path":    func(s *service) { s.name = `..\kehu` },
		"a quote in an argument":   func(s *service) { s.serve = []string{`a" --http-anyway`} },
		"another line":             func(s *service) { s.serve = []string{"a\r\nb"} },
	} {
		s := windowsExample()
		change(&s)
		if s.checkWindows() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := windowsExample().checkWindows(); err != nil {
		t.Error(err)
	}
}
