package backups

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The examples of "Authenticating Requests: Using the Authorization Header" in Amazon's reference.
func TestRequestsAreSignedAsAmazonSays(t *testing.T) {
	keys := StoreKeys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	at := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	for query, signature := range map[string]string{
		"lifecycle=":          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		"max-keys=2&prefix=J": "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
	} {
		r, err := http.NewRequest(http.MethodGet, "https://examplebucket.s3.amazonaws.com/?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		signStore(r, "us-east-1", keys, at)
		want := "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
			"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" + signature
		if got := r.Header.Get("Authorization"); got != want {
			t.Errorf("%s: %s", query, strings.TrimPrefix(got, "AWS4-HMAC-SHA256 "))
		}
	}
}

func TestPathsAreSignedByTheirBytes(t *testing.T) {
	for path, want := range map[string]string{"/": "/", "/b/kehu/a b+c~1.age": "/b/kehu/a%20b%2Bc~1.age",
		"/b/备": "/b/%E5%A4%87"} {
		if got := strictPath(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
