package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/mail"
	"runtime/debug"
	"slices"
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

// alarmsName is the job that tells what is wrong.
const alarmsName = "alarms"

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
	before, codes := maps.Clone(known), w.toTell()
	due := watch.Decide(now, codes, wanted, time.Duration(p.Alarms.RepeatHours)*time.Hour, known)
	var failed error
	if p.Alarms.Outgoing() && len(due.Tell)+len(due.Over) > 0 {
		told, err := h.tellAll(ctx, p, alarmText(p, due))
		if told { // one way is enough: who was told is told again after a while, not at every look
			for _, code := range due.Tell {
				known[code] = watch.Standing{Since: known[code].Since, Told: now}
			}
		} else { // nobody knows yet that these are over
			for _, code := range due.Over {
				known[code] = before[code]
			}
		}
		failed = err
	}
	err = h.app.RunInTransaction(func(tx core.App) error {
		return collections.KeepStanding(collections.Through(tx.DB()), known)
	})
	return strings.Join(codes, " "), errors.Join(failed, err)
}

// toTell are the conditions to tell. That the alarms themselves failed stands on the page: telling it
// would fail in the same way, and be over with the first look that has nothing to tell.
func (w *watched) toTell() []string {
	if !slices.Equal(w.Failed, []string{alarmsName}) {
		return w.Codes
	}
	return slices.DeleteFunc(slices.Clone(w.Codes), func(code string) bool { return code == "job_failed" })
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

// tellAll sends a text by every way that the policy opens; told says that somebody took it. Robots
// come first: they answer soon, and a mail server may be silent for a while.
func (h *House) tellAll(ctx context.Context, p *policy.Set, text string) (told bool, err error) {
	if p.Alarms.Webhooks {
		for _, w := range p.Notify.Webhooks {
			one := sendRobot(ctx, w, text, h.options.Clock())
			told, err = told || one == nil, errors.Join(err, one)
		}
	}
	if p.Alarms.Email {
		to, found := h.mailsOf("data_admin")
		if found != nil {
			return told, errors.Join(err, found)
		}
		taken, failed := sendMail(ctx, h.app, to, "客户登记提醒 / Kehu alarm", text)
		told, err = told || taken, errors.Join(err, failed)
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

// sendMail sends one mail to each, so that nobody reads who else got it; taken says that the mail
// server took one of them.
func sendMail(ctx context.Context, app core.App, to []mail.Address, subject, text string) (taken bool, failed error) {
	if !app.Settings().SMTP.Enabled {
		return false, ErrMailOff
	}
	for _, address := range to {
		err := mailOne(ctx, app, address, subject, text)
		taken, failed = taken || err == nil, errors.Join(failed, err)
	}
	return taken, failed
}

// mailTime is how long the mail server may take for one mail.
var mailTime = 30 * time.Second

// mailOne sends one mail. PocketBase's client waits for a silent server for ever: it is left alone
// with it once the time is over or whoever wants the mail goes.
func mailOne(ctx context.Context, app core.App, to mail.Address, subject, text string) error {
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return ErrMail.Because(err)
	}
	client, meta, sent := app.NewMailClient(), app.Settings().Meta, make(chan error, 1)
	message := &mailer.Message{From: mail.Address{Name: meta.SenderName, Address: meta.SenderAddress},
		To: []mail.Address{to}, Subject: subject, Text: text}
	go func() {
		defer func() {
			if p := recover(); p != nil {
				sent <- fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		sent <- client.Send(message)
	}()
	var err error
	select {
	case err = <-sent:
	case <-ctx.Done():
		err = fmt.Errorf("the mail server has not taken the mail: %w", ctx.Err())
	}
	if err != nil {
		return ErrMail.Because(err)
	}
	return nil
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
