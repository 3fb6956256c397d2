package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/xuri/excelize/v2"
)

// Workbook makes an .xlsx with one sheet of texts, numbers and dates.
func Workbook(rows ...[]any) []byte {
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			panic(err)
		}
	}
	buffer, err := f.WriteToBuffer()
	if err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// Upload sends a workbook and waits for its preview.
func (h *House) Upload(role, name string, content []byte, form map[string]any) map[string]any {
	h.TB.Helper()
	a := h.Send(role, name, content, form)
	if a.Status != http.StatusAccepted {
		h.TB.Fatalf("upload of %s: %d %s", name, a.Status, a.Body)
	}
	return h.Wait(role, a.Text("id"), "previewing")
}

// Send uploads a workbook and answers what came back.
func (h *House) Send(role, name string, content []byte, form map[string]any) Answer {
	h.TB.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for key, value := range form {
		text, isText := value.(string)
		if !isText {
			encoded, err := json.Marshal(value)
			h.must(err)
			text = string(encoded)
		}
		h.must(parts.WriteField(key, text))
	}
	part, err := parts.CreateFormFile("file", name)
	h.must(err)
	_, err = part.Write(content)
	h.must(err)
	h.must(parts.Close())
	return h.Do(role, "POST", "/api/kehu/imports", &body, "Content-Type", parts.FormDataContentType())
}

// Wait polls an import until it has left a state.
func (h *House) Wait(role, id, state string) map[string]any {
	h.TB.Helper()
	for range 3000 {
		show := h.Do(role, "GET", "/api/kehu/imports/"+id, nil).JSON()
		if show["state"] != state {
			return show
		}
		time.Sleep(20 * time.Millisecond)
	}
	h.TB.Fatalf("import %s stays %s", id, state)
	return nil
}

// Import uploads, starts and waits to the end.
func (h *House) Import(role, name string, content []byte, form map[string]any) map[string]any {
	h.TB.Helper()
	show := h.Upload(role, name, content, form)
	if show["state"] != "ready" {
		h.TB.Fatalf("import of %s: %v %v", name, show["state"], show["error"])
	}
	id := show["id"].(string)
	if a := h.Do(role, "POST", "/api/kehu/imports/"+id+"/start", nil); a.Status != http.StatusAccepted {
		h.TB.Fatalf("start: %d %s", a.Status, a.Body)
	}
	return h.Wait(role, id, "running")
}

// Counts are an import's rows by outcome.
func Counts(show map[string]any) map[string]int {
	out := map[string]int{}
	counts, _ := show["counts"].(map[string]any)
	for key, value := range counts {
		n, _ := value.(float64)
		out[key] = int(n)
	}
	return out
}

// Export makes an export and waits for its file.
func (h *House) Export(role string, body map[string]any) Answer {
	h.TB.Helper()
	job := h.Do(role, "POST", "/api/kehu/exports", body)
	if job.Status != http.StatusAccepted {
		h.TB.Fatalf("export: %d %s", job.Status, job.Body)
	}
	for range 500 {
		if h.Do(role, "GET", "/api/kehu/exports/"+job.Text("id"), nil).Text("state") != "running" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return h.Do(role, "GET", "/api/kehu/exports/"+job.Text("id")+"/file", nil)
}
