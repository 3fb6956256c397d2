package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"

	"kehu/hooks"
)

// upload streams a workbook from its file, so that the measured memory is the server's own.
func (r *register) upload(ctx context.Context, path string, options map[string]any) (string, error) {
	book, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer book.Close()
	reader, writer := io.Pipe()
	parts := multipart.NewWriter(writer)
	go func() { writer.CloseWithError(writeForm(parts, book, options)) }()
	request, err := http.NewRequestWithContext(ctx, "POST", r.url+"/api/kehu/imports", reader)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", parts.FormDataContentType())
	request.Header.Set(hooks.CommandHeader, r.secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer := struct{ ID, Message string }{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", err
	}
	if answer.ID == "" {
		return "", fmt.Errorf("upload: %d %s", response.StatusCode, answer.Message)
	}
	return answer.ID, nil
}

func writeForm(parts *multipart.Writer, book io.Reader, options map[string]any) error {
	text, err := json.Marshal(options)
	if err != nil {
		return err
	}
	if err := parts.WriteField("options", string(text)); err != nil {
		return err
	}
	part, err := parts.CreateFormFile("file", "客户.xlsx")
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, book); err != nil {
		return err
	}
	return parts.Close()
}
