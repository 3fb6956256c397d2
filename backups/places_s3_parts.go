package backups

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits of clearing a store.
const (
	clearPatience = 30 * time.Second
	maxClearings  = 20 // lists of up to 1,000 unfinished uploads
	maxAnswer     = 4 << 20
)

// emptySum is the SHA-256 of a request without a body.
const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// clear breaks off the uploads that a killed process left unfinished. No list of files shows them, and
// the store keeps and charges for their parts for ever.
func (s store) clear(ctx context.Context, prefix string) error {
	ctx, cancel := context.WithTimeout(ctx, min(clearPatience, s.stall))
	defer cancel()
	for range maxClearings {
		var list struct {
			Upload []struct {
				Key      string
				UploadID string `xml:"UploadId"`
			}
			IsTruncated bool
		}
		query := url.Values{"uploads": {""}, "prefix": {s.at.Prefix + prefix}}
		if err := s.ask(ctx, http.MethodGet, "", query, &list); err != nil {
			return err
		}
		for _, one := range list.Upload {
			if !strings.HasPrefix(one.Key, s.at.Prefix+prefix) { // a store that knows no prefix lists all
				continue
			}
			err := s.ask(ctx, http.MethodDelete, one.Key, url.Values{"uploadId": {one.UploadID}}, nil)
			if err != nil {
				return err
			}
		}
		if !list.IsTruncated || len(list.Upload) == 0 {
			return nil
		}
	}
	return nil
}

// ask sends a request that PocketBase's client does not know.
func (s store) ask(ctx context.Context, method, key string, query url.Values, answer any) error {
	at, err := url.Parse(s.at.Endpoint)
	if err == nil && at.Host == "" { // an endpoint may be given without its scheme
		at, err = url.Parse("https://" + s.at.Endpoint)
	}
	if err != nil {
		return err
	}
	at.Path = "/" + key
	if s.at.PathStyle {
		at.Path = "/" + s.at.Bucket + at.Path
	} else {
		at.Host = s.at.Bucket + "." + at.Host
	}
	at.RawQuery = strictQuery(query)
	request, err := http.NewRequestWithContext(ctx, method, at.String(), nil)
	if err != nil {
		return err
	}
	signStore(request, s.at.Region, s.keys, time.Now())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return err
	case response.StatusCode >= http.StatusMultipleChoices:
		return errors.New(response.Status)
	case answer == nil:
		return nil
	}
	return xml.Unmarshal(text, answer)
}

// signStore signs a request without a body by AWS Signature Version 4
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
func signStore(r *http.Request, region string, keys StoreKeys, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	day := stamp[:8]
	r.Header.Set("x-amz-content-sha256", emptySum)
	r.Header.Set("x-amz-date", stamp)
	const signed = "host;x-amz-content-sha256;x-amz-date"
	asked := strings.Join([]string{r.Method, strictPath(r.URL.Path), r.URL.RawQuery, "host:" + r.URL.Host,
		"x-amz-content-sha256:" + emptySum, "x-amz-date:" + stamp, "", signed, emptySum}, "\n")
	sum := sha256.Sum256([]byte(asked))
	scope := strings.Join([]string{day, region, "s3", "aws4_request"}, "/")
	key := []byte("AWS4" + keys.SecretKey)
	for _, part := range []string{day, region, "s3", "aws4_request"} {
		key = keyedSum(key, part)
	}
	signature := keyedSum(key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+hex.EncodeToString(sum[:]))
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x",
		keys.AccessKey, scope, signed, signature))
}

func keyedSum(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// strictQuery is a query as it is signed: sorted, a space as %20.
func strictQuery(query url.Values) string { return strings.ReplaceAll(query.Encode(), "+", "%20") }

// strictPath is a path as it is signed.
func strictPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
	}
	return strings.Join(parts, "/")
}
