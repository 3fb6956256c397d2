package robot

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var now = time.Unix(1_599_360_473, 0)

func TestMessage(t *testing.T) {
	for kind, want := range map[string]string{
		WeCom:    `{"msgtype":"text","text":{"content":"磁盘"}}`,
		DingTalk: `{"msgtype":"text","text":{"content":"磁盘"}}`,
		Feishu:   `{"content":{"text":"磁盘"},"msg_type":"text"}`,
	} {
		to, body, err := Message(kind, "https://robot.example/send?key=k", "", "磁盘", now)
		if err != nil || string(body) != want || to != "https://robot.example/send?key=k" {
			t.Errorf("%s: %s to %s, %v", kind, body, to, err)
		}
	}
	if _, _, err := Message("slack", "https://robot.example", "", "x", now); err == nil {
		t.Error("an unknown robot")
	}
}

// Signatures as computed apart (openssl dgst -sha256 -hmac).
func TestSignatures(t *testing.T) {
	to, _, err := Message(DingTalk, "https://oapi.dingtalk.com/robot/send?access_token=a", "SEC0", "x", now)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	if q := u.Query(); q.Get("timestamp") != "1599360473000" || q.Get("access_token") != "a" || q.Get("sign") != dingTalkSign {
		t.Errorf("%v", q)
	}
	_, body, err := Message(Feishu, "https://open.feishu.cn/x", "SEC0", "x", now)
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Timestamp, Sign string }
	if json.Unmarshal(body, &m) != nil || m.Timestamp != "1599360473" || m.Sign != feishuSign {
		t.Errorf("%s", body)
	}
}

func TestLongTextsAreCutBetweenCharacters(t *testing.T) {
	_, body, err := Message(WeCom, "https://x.example", "", strings.Repeat("磁", 1000), now)
	var m struct{ Text struct{ Content string } }
	if err != nil || json.Unmarshal(body, &m) != nil || len(m.Text.Content) > most || !utf8.ValidString(m.Text.Content) ||
		!strings.HasSuffix(m.Text.Content, "磁…") {
		t.Errorf("%d bytes, %v", len(m.Text.Content), err)
	}
}

func TestCheck(t *testing.T) {
	for answer, good := range map[string]bool{`{"errcode":0,"errmsg":"ok"}`: true, `{"code":0,"msg":"success"}`: true,
		`{"errcode":93000,"errmsg":"invalid webhook url"}`: false, `{"code":19021,"msg":"sign match fail"}`: false,
		`{}`: false, `<html>`: false} {
		if err := Check(200, []byte(answer)); (err == nil) != good {
			t.Errorf("%s: %v", answer, err)
		}
	}
	if Check(500, []byte(`{"errcode":0}`)) == nil {
		t.Error("an error of the server counts as sent")
	}
}

const (
	dingTalkSign = "U6tDpTYk1OWd9KB9QyK9CulVsu7mGZWRBBYjSnTQPeQ="
	feishuSign   = "AihNdK2O9mJrqNyjaDDhuOHw3O+JamufQUAc0wccbx0="
)
