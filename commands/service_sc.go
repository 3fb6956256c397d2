package commands

import (
	"fmt"
	"strings"
	"time"
)

// What Windows is told of a service, as texts: whatever there is to get wrong is tested on any system.

// windowsUser may do less than LocalSystem: no rights on the machine, none in the network.
const windowsUser = `NT AUTHORITY\LocalService`

// A service that ended by itself is started again after a while, as often as that happens.
const (
	restartAfter  = 5 * time.Second
	restarts      = 3              // the last one stands for all that follow
	forgetsAfter  = 24 * time.Hour // from when on a failure is the first again
	windowsShown  = "Kehu 客户登记"
	windowsAbout  = "客户登记 / customer register"
	windowsAlways = "delayed-auto" // with the machine, after what it stands on
)

// Those who open the folders, by numbers that are the same in every language of Windows.
const (
	sidService = "*S-1-5-19"     // LocalService
	sidSystem  = "*S-1-5-18"     // the system itself
	sidAdmins  = "*S-1-5-32-544" // administrators
)

// checkWindows refuses what would mean something else there: folders are whole paths on a disk of this
// machine, since a service without a network identity opens no share.
func (s service) checkWindows() error {
	if err := checkServiceName(s.name); err != nil {
		return err
	}
	for _, path := range append(s.written(), s.program) {
		drive := len(path) > 3 && (path[0]|0x20 >= 'a' && path[0]|0x20 <= 'z') && path[1:3] == `:\`
		if !drive || strings.ContainsAny(path, "\n\r\"<>|?*%") {
			return ErrServicePath.With("path", path)
		}
	}
	for _, argument := range s.serve {
		if strings.ContainsAny(argument, "\n\r\"") {
			return ErrServicePath.With("path", argument)
		}
	}
	return nil
}

// windowsLine is the program with its arguments, each as Windows reads it back.
func (s service) windowsLine() string {
	words := []string{windowsWord(s.program)}
	for _, argument := range s.arguments() {
		words = append(words, windowsWord(argument))
	}
	return strings.Join(words, " ")
}

// windowsWord is a word of a command line: in quotes where it has a space, backslashes doubled where a
// quote follows (CommandLineToArgvW).
func windowsWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\"") {
		return word
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, c := range word {
		switch c {
		case '\\':
			slashes++
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, 2*slashes+1))
		default:
			b.WriteString(strings.Repeat(`\`, slashes))
		}
		slashes = 0
		b.WriteRune(c)
	}
	b.WriteString(strings.Repeat(`\`, 2*slashes))
	b.WriteByte('"')
	return b.String()
}

// accessOf are the arguments of icacls that close a folder of the register: what it inherits goes, and its
// service, administrators and the system open it with all that is in it.
func accessOf(folder string) []string {
	const all = ":(OI)(CI)F"
	return []string{folder, "/inheritance:r", "/grant:r", sidService + all, sidSystem + all, sidAdmins + all, "/T", "/Q"}
}

// letWrite are those that let the service write to another folder, such as one for backups, and leave it
// to others as it was.
func letWrite(folder string) []string {
	return []string{folder, "/grant", sidService + ":(OI)(CI)M", "/Q"}
}

// windowsDefinition is what an installation does, as the commands of the system.
func (s service) windowsDefinition() string {
	var b strings.Builder
	line := func(words ...string) { fmt.Fprint(&b, strings.Join(words, " "), "\r\n") }
	for i, folder := range s.written() {
		access := accessOf(folder)
		if i > 2 {
			access = letWrite(folder)
		}
		access[0] = windowsWord(access[0])
		line(append([]string{"icacls.exe"}, access...)...)
	}
	// the name of an option of sc.exe ends with the sign, and a space follows
	line("sc.exe create", s.name, "binPath=", windowsQuoted(s.windowsLine()), "start=", windowsAlways,
		"obj=", windowsQuoted(windowsUser), "DisplayName=", windowsQuoted(windowsShown))
	again := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("restart/%d/", restartAfter.Milliseconds()), restarts), "/")
	line("sc.exe failure", s.name, "reset=", fmt.Sprint(int(forgetsAfter.Seconds())), "actions=", again)
	line("sc.exe failureflag", s.name, "1")
	line("sc.exe start", s.name)
	return b.String()
}

// windowsQuoted is a word in quotes in any case.
func windowsQuoted(word string) string {
	if quoted := windowsWord(word); strings.HasPrefix(quoted, `"`) {
		return quoted
	}
	return `"` + word + `"`
}
