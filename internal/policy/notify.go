package policy

import (
	"net/url"
	"slices"
	"time"
)

// Notify is the daily digest, and the robots, which the policy alarms uses too. Off unless a data
// administrator turns it on: nothing leaves the building otherwise.
type Notify struct {
	Email    bool      `json:"email"`
	Webhooks []Webhook `json:"webhooks"`
	Robots   bool      `json:"robots"`   // the digest goes to the robots too, as numbers
	At       string    `json:"at"`       // of each working day, 08:30
	Empty    bool      `json:"empty"`    // also to those with nothing to do
	BaseURL  string    `json:"base_url"` // where the links lead, https://kehu.example.cn
}

// Webhook is a group's robot.
type Webhook struct {
	Kind   string `json:"kind"` // wecom, dingtalk, feishu
	URL    string `json:"url"`
	Secret string `json:"secret,omitempty"` // of a robot that asks for signatures
}

func defaultNotify() Notify { return Notify{Webhooks: []Webhook{}, At: "08:30"} }

// maxWebhooks bounds the robots of a company.
const maxWebhooks = 10

func (n Notify) check() error {
	if _, err := time.Parse("15:04", n.At); err != nil {
		return because("时间“%s”不正确，请写成 08:30 这样的时间", "at %q is not a time such as 08:30", n.At)
	}
	if len(n.Webhooks) > maxWebhooks {
		return because("群机器人最多%d个", "there are more than %d webhooks", maxWebhooks)
	}
	if n.BaseURL != "" && !webAddress(n.BaseURL) {
		return because("链接地址“%s”不正确，请写成 https://kehu.example.cn 这样的地址",
			"base_url %q is not an address such as https://kehu.example.cn", n.BaseURL)
	}
	for _, w := range n.Webhooks {
		if !slices.Contains([]string{"wecom", "dingtalk", "feishu"}, w.Kind) {
			return because("群机器人的种类“%s”须为 wecom、dingtalk 或 feishu",
				"kind %q is not wecom, dingtalk or feishu", w.Kind)
		}
		if !webAddress(w.URL) {
			return because("群机器人（%s）的地址不正确", "url of %s is not an address", w.Kind)
		}
	}
	return nil
}

func webAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") &&
		address.Host != ""
}
