// Package robot speaks to the robots of chat groups: WeCom (企业微信), DingTalk (钉钉) and Feishu
// (飞书). It makes requests and reads answers; sending is its user's.
package robot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"
)

// Kinds of robots.
const (
	WeCom    = "wecom"
	DingTalk = "dingtalk"
	Feishu   = "feishu"
)

// most is the longest text in bytes: WeCom takes 2,048, the others more.
const most = 2048

// Message is a text as a robot takes it: where to post it, and the body, which is JSON. secret signs
// it where the robot asks for signatures.
func Message(kind, address, secret, text string, now time.Time) (to string, body []byte, err error) {
	text = cut(text)
	var message any
	switch kind {
	case WeCom:
		message = map[string]any{"msgtype": "text", "text": map[string]any{"content": text}}
	case DingTalk:
		message = map[string]any{"msgtype": "text", "text": map[string]any{"content": text}}
		if address, err = signed(address, secret, now); err != nil {
			return "", nil, err
		}
	case Feishu:
		m := map[string]any{"msg_type": "text", "content": map[string]any{"text": text}}
		if secret != "" { // the text to sign is the key, and what is signed is empty
			stamp := strconv.FormatInt(now.Unix(), 10)
			m["timestamp"], m["sign"] = stamp, sign([]byte(stamp+"\n"+secret), nil)
		}
		message = m
	default:
		return "", nil, fmt.Errorf("robot %q is not known", kind)
	}
	body, err = json.Marshal(message)
	return address, body, err
}

// signed is DingTalk's address with its signature.
func signed(address, secret string, now time.Time) (string, error) {
	if secret == "" {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	query := u.Query()
	query.Set("timestamp", stamp)
	query.Set("sign", sign([]byte(secret), []byte(stamp+"\n"+secret)))
	u.RawQuery = query.Encode()
	return u.String(), nil
}

func sign(key, text []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// cut keeps whole characters.
func cut(text string) string {
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// Check reads a robot's answer: they answer 200 also when they refuse.
func Check(status int, answer []byte) error {
	var said struct {
		ErrCode *int `json:"errcode"` // WeCom, DingTalk
		Code    *int `json:"code"`    // Feishu
		ErrMsg  string
		Msg     string
	}
	if status != 200 || json.Unmarshal(answer, &said) != nil {
		return fmt.Errorf("the robot answered %d", status)
	}
	for _, code := range []*int{said.ErrCode, said.Code} {
		if code != nil && *code != 0 {
			return fmt.Errorf("the robot refused with %d %s%s", *code, said.ErrMsg, said.Msg)
		}
	}
	if said.ErrCode == nil && said.Code == nil {
		return fmt.Errorf("the answer is no robot's")
	}
	return nil
}
