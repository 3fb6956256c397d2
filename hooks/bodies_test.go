package hooks_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kehu/tests"
)

// streamed is a body whose length nobody is told: it begins, is filled with a character, and ends. It
// looks into the temp folder while it is sent.
type streamed struct {
	io.Reader
	temp    string
	spilled *[]string
	unseen  int
}

func (s *streamed) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if s.unseen += n; s.unseen >= 1<<20 || err != nil {
		s.unseen = 0
		for _, pattern := range []string{"pb_buffer*", "multipart*"} {
			found, _ := filepath.Glob(filepath.Join(s.temp, pattern))
			*s.spilled = append(*s.spilled, found...)
		}
	}
	return n, err
}

type filler byte

func (f filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

// No route takes a body beyond its size, whether its length was announced or not, and nothing of it is
// written to the temp folder on the way.
func TestBodiesAreHeldToTheirSize(t *testing.T) {
	h := tests.Start(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var spilled []string
	long := func(begin, end string, size int64) io.Reader {
		return &streamed{temp: temp, spilled: &spilled,
			Reader: io.MultiReader(strings.NewReader(begin), io.LimitReader(filler('x'), size), strings.NewReader(end))}
	}
	const over, records = 17 << 20, "/api/collections/customers/records"
	id := h.Create("sales", "customers", firm("长内容有限公司", nil))["id"].(string)
	form := "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"
	for name, a := range map[string]tests.Answer{
		"a creation":             h.Do("sales", "POST", records, long(`{"kind":"enterprise","name":"`, `"}`, over)),
		"a form":                 h.Do("sales", "POST", records, long(form, "\r\n--b--\r\n", over), "Content-Type", "multipart/form-data; boundary=b"),
		"a file":                 h.Do("sales", "POST", "/api/collections/attachments/records", long(strings.Replace(form, `"name"`, `"file"; filename="a.pdf"`, 1), "\r\n--b--\r\n", over), "Content-Type", "multipart/form-data; boundary=b"),
		"an edit":                h.Do("sales", "PATCH", records+"/"+id, long(`{"current_need":"`, `"}`, over)),
		"a batch":                h.Do("sales", "POST", "/api/batch", long(`{"requests":[{"method":"POST","url":"`, `"}]}`, over)),
		"a check":                h.Do("sales", "POST", "/api/kehu/check", long(`{"customer":{"name":"`, `"}}`, over)),
		"an import's mapping":    h.Do("data_admin", "PATCH", "/api/kehu/imports/x", long(`{"mapping":{"`, `":"name"}}`, over)),
		"an owner's policy":      h.Do("superuser", "POST", "/api/collections/policies/records", long(`{"key":"company","value":"`, `"}`, over)),
		"a guest's sign-in":      h.Do("", "POST", "/api/kehu/signin", long(`{"email":"`, `","password":"x"}`, 2<<20)),
		"a guest at PocketBase":  h.Do("", "POST", "/api/collections/staff/auth-with-password", long(`{"identity":"`, `","password":"x"}`, 2<<20)),
		"a guest's reset":        h.Do("", "POST", "/api/collections/staff/request-password-reset", long(`{"email":"`, `"}`, 2<<20)),
		"a guest's set-up":       h.Do("", "POST", "/api/kehu/setup", long(`{"code":"`, `"}`, 2<<20)),
		"a guest's realtime ask": h.Do("", "POST", "/api/realtime", long(`{"clientId":"`, `"}`, 2<<20)),
	} {
		if a.Status != http.StatusRequestEntityTooLarge || a.Code("") != "body_too_large" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if len(spilled) > 0 {
		t.Errorf("written to the temp folder: %v", spilled[0])
	}
	if a := h.Do("sales", "PATCH", records+"/"+id, map[string]any{"current_need": strings.Repeat("需", 1000)}); a.Status != 200 {
		t.Errorf("an edit of usual size: %d %s", a.Status, a.Body)
	}
	if a := h.Do("sales", "POST", "/api/kehu/check", long(`{"x":"`, `","customer":{"kind":"enterprise","name":"乙"}}`, 15<<20)); a.Status != 200 {
		t.Errorf("a body under the limit, read twice: %d %s", a.Status, a.Body)
	}
}

// A workbook is larger, and is kept out of the temp folder too.
func TestALargeWorkbookIsNotSpilled(t *testing.T) {
	h := tests.Start(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var head, tail bytes.Buffer
	parts := multipart.NewWriter(&head)
	if _, err := parts.CreateFormFile("file", "a.csv"); err != nil {
		t.Fatal(err)
	}
	io.WriteString(&head, "客户名称,备注\n")
	tail.WriteString("\r\n--" + parts.Boundary() + "--\r\n")
	rows := strings.Repeat("甲有限公司,"+strings.Repeat("长", 300)+"\n", 20_000)
	var spilled []string
	a := h.Do("data_admin", "POST", "/api/kehu/imports", &streamed{temp: temp, spilled: &spilled,
		Reader: io.MultiReader(&head, strings.NewReader(rows), &tail)}, "Content-Type", parts.FormDataContentType())
	if a.Status != http.StatusAccepted {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Wait("data_admin", a.Text("id"), "previewing")
	if len(spilled) > 0 {
		t.Errorf("%d MB of workbook were written to %s", len(rows)>>20, spilled[0])
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temp folder: %v %v", left, err)
	}
}

// What is announced as too large is refused by every route that writes, before a byte of it came.
func TestEveryRouteRefusesWhatIsAnnouncedTooLarge(t *testing.T) {
	h := tests.Start(t)
	address, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	announce := func(role, route string) string {
		method, path, _ := strings.Cut(route, " ")
		path = regexp.MustCompile(`\{[a-z.A-Z]+\}`).ReplaceAllString(path, "customers")
		conn, err := net.Dial("tcp", address.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\n"+
			"Content-Length: %d\r\n\r\n{", method, path, h.Tokens[role], 300<<20)
		answer := make([]byte, len("HTTP/1.1 413"))
		if _, err := io.ReadFull(conn, answer); err != nil {
			t.Fatalf("%s as %s: %v", route, role, err)
		}
		return string(answer[len("HTTP/1.1 "):])
	}
	n := 0
	for _, route := range h.Routes() {
		method, _, ok := strings.Cut(route, " ")
		if !ok || method == "GET" || method == "HEAD" || method == "OPTIONS" {
			continue
		}
		n++
		for _, role := range []string{"data_admin", "superuser", ""} {
			got := announce(role, route)
			if got != "413" && !(role == "" && got == "401") {
				t.Errorf("%s as %q: %s", route, role, got)
			}
		}
	}
	if n < 60 {
		t.Errorf("%d routes that write", n)
	}
}

// What a route has not read of a body is never taken for a request of its own.
func TestTheRestOfABodyIsNoRequest(t *testing.T) {
	h := tests.Start(t)
	address, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	hidden := "GET /api/kehu/health HTTP/1.1\r\nHost: x\r\n\r\n"
	body := strings.Repeat(hidden, 2<<20/len(hidden))
	for name, header := range map[string]string{
		"announced": fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)),
		"in chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(body)),
	} {
		for _, route := range []string{"POST /api/kehu/signin", "POST /api/kehu/check", "POST /api/kehu/imports",
			"POST /api/collections/customers/records", "DELETE /api/kehu/health", "POST /api/sql"} {
			conn, err := net.Dial("tcp", address.Host)
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			go func() {
				fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\n%s%s", route, header, body)
			}()
			answer, _ := io.ReadAll(conn) // to its end: the server closes, or resets, the connection
			conn.Close()
			if n := bytes.Count(answer, []byte("HTTP/1.1 ")); n != 1 || bytes.Contains(answer, []byte("HTTP/1.1 200")) {
				t.Errorf("%s, %s: %d answers: %.300s", route, name, n, answer)
			}
		}
	}
}
