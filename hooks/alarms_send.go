package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"kehu/collections"
	"kehu/internal/policy"
	"kehu/internal/robot"
	"kehu/internal/watch"
)

// alarmEvery is how often the register is looked at.
const alarmEvery = 10 * time.Minute

// alarmJob tells what is wrong to those who look after the register, where the policy alarms says
// so; each condition once, again while it lasts, and its end.
func (h *House) alarmJob(ctx context.Context) (string, error) {
	w, err := h.watch(ctx)
	if err != nil {
		return "", err
	}
	db := collections.Through(h.app.NonconcurrentDB())
	known, err := collections.Standing(db)
	if err != nil {
		return "", err
	}
	p, now := h.policies.Load(), h.options.Clock()
	wanted := p.Alarms.Conditions
	if !p.Alarms.Outgoing() {
		wanted = nil
	}
	due := watch.Decide(now, w.Codes, wanted, time.Duration(p.Alarms.RepeatHours)*time.Hour, known)
	var failed error
	if p.Alarms.Outgoing() && len(due.Tell)+len(due.Over) > 0 {
		told, err := h.tellAll(ctx, p, alarmText(p, due))
		if told { // one way is enough: who was told is told again after a while, not at every look
			for _, code := range due.Tell {
				known[code] = watch.Standing{Since: known[code].Since, Told: now}
			}
		}
		failed = err
	}
	err = h.app.RunInTransaction(func(tx core.App) error {
		return collections.KeepStanding(collections.Through(tx.DB()), known)
	})
	return strings.Join(w.Codes, " "), errors.Join(failed, err)
}

// alarmText names what is wrong: no customer, no member, no path of the machine.
func alarmText(p *policy.Set, due watch.Due) string {
	var text strings.Builder
	fmt.Fprintf(&text, "客户登记 Kehu %s\n", p.Company.Name)
	for _, code := range due.Tell {
		fmt.Fprintf(&text, "需要处理 attention: %s\n", watch.Both(code))
	}
	for _, code := range due.Over {
		fmt.Fprintf(&text, "已恢复 over: %s\n", watch.Both(code))
	}
	if p.Notify.BaseURL != "" {
		text.WriteString(p.Notify.BaseURL + "\n")
	}
	return text.String()
}

// tellAll sends a text by every way that the policy opens; told says that one of them took it.
func (h *House) tellAll(ctx context.Context, p *policy.Set, text string) (told bool, err error) {
	note := func(one error) {
		told, err = told || one == nil, errors.Join(err, one)
	}
	if p.Alarms.Email {
		to, found := h.mailsOf("data_admin")
		if found == nil {
			found = sendMail(h.app, to, "客户登记提醒 / Kehu alarm", text)
		}
		note(found)
	}
	if p.Alarms.Webhooks {
		for _, w := range p.Notify.Webhooks {
			note(sendRobot(ctx, w, text, h.options.Clock()))
		}
	}
	return told, err
}

// mailsOf are the addresses of the active members of a role.
func (h *House) mailsOf(role string) ([]mail.Address, error) {
	members, err := h.app.FindAllRecords("staff", dbx.HashExp{"role": role, "active": true})
	if err != nil {
		return nil, err
	}
	var to []mail.Address
	for _, m := range members {
		if address, err := mail.ParseAddress(m.Email()); err == nil {
			to = append(to, *address)
		}
	}
	return to, nil
}

// sendMail sends one mail to each, so that nobody reads who else got it.
func sendMail(app core.App, to []mail.Address, subject, text string) error {
	settings := app.Settings()
	if !settings.SMTP.Enabled {
		return ErrMailOff
	}
	var failed error
	for _, address := range to {
		err := app.NewMailClient().Send(&mailer.Message{
			From: mail.Address{Name: settings.Meta.SenderName, Address: settings.Meta.SenderAddress},
			To:   []mail.Address{address}, Subject: subject, Text: text,
		})
		if err != nil {
			failed = errors.Join(failed, ErrMail.Because(err))
		}
	}
	return failed
}

// Limits of a robot's answer.
const (
	robotTime   = 10 * time.Second
	robotAnswer = 64 << 10
)

// robots posts to robots; it follows no redirects, which would carry the text elsewhere.
var robots = &http.Client{Timeout: robotTime, CheckRedirect: func(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}}

// sendRobot posts a text to a group's robot. The address holds the robot's key: no error repeats it.
func sendRobot(ctx context.Context, w policy.Webhook, text string, now time.Time) error {
	to, body, err := robot.Message(w.Kind, w.URL, w.Secret, text, now)
	if err != nil {
		return fmt.Errorf("robot %s: its address cannot be used", w.Kind)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("robot %s: its address cannot be used", w.Kind)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	response, err := robots.Do(request)
	if err != nil {
		return fmt.Errorf("robot %s cannot be reached", w.Kind)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, robotAnswer))
	if err == nil {
		err = robot.Check(response.StatusCode, answer)
	}
	if err != nil {
		return fmt.Errorf("robot %s: %w", w.Kind, err)
	}
	return nil
}
