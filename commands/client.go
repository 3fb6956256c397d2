package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"kehu/hooks"
)

// client speaks to a server on this machine as its owner.
type client struct{ base, secret string }

func (c *client) do(ctx context.Context, method, path, contentType string, body io.Reader) (
	*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set(hooks.CommandHeader, c.secret)
	request.Header.Set("Accept-Language", terminalLanguage())
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 400 {
		defer response.Body.Close()
		return nil, answered(response)
	}
	return response, nil
}

// refusal is a refusal of the server: one sentence, and the code of its fault.
type refusal struct{ code, sentence string }

func (r *refusal) Error() string { return r.sentence }

func answered(response *http.Response) error {
	var refused struct {
		Message string `json:"message"`
		Data    struct {
			Code any `json:"code"` // a field of that name may be refused
		} `json:"data"`
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if json.Unmarshal(text, &refused) == nil && refused.Message != "" {
		code, _ := refused.Data.Code.(string)
		return &refusal{code, strings.TrimSpace(refused.Message)}
	}
	return fmt.Errorf("%s", response.Status)
}

// call sends and receives JSON.
func (c *client) call(ctx context.Context, method, path string, body, into any) error {
	var reader io.Reader
	contentType := ""
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader, contentType = bytes.NewReader(text), "application/json"
	}
	response, err := c.do(ctx, method, path, contentType, reader)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}

func (c *client) alive(ctx context.Context) bool {
	return c.call(ctx, http.MethodGet, "/api/kehu/health", nil, nil) == nil
}

// download writes an answer to a file.
func (c *client) download(ctx context.Context, path, file string) error {
	response, err := c.do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return copyTo(file, response.Body)
}
