// Package approval decides who may decide a request. It reads no record and knows no clock: the
// requester, the candidate and the customer's chain of departments come in as values, and every
// refusal says why.
package approval

import (
	"slices"
	"strings"

	"kehu/internal/fault"
)

// Decider is whose decision a request needs.
type Decider string

// The two: a manager of the customer's department or one above it, or data management. Data
// management may decide whatever a manager may.
const (
	Manager Decider = "manager"
	Admin   Decider = "data_admin"
)

// Faults of a decision.
var (
	ErrOwn = fault.Define("approval_own", "不能审批自己提交的申请，请由其他有权限的人审批",
		"Nobody decides what they asked for themselves, let another decider do it")
	ErrNotDecider = fault.Define("approval_not_decider",
		"此申请须由{who}审批", "This request is decided by {who_en}")
	ErrInactive = fault.Define("approval_inactive", "账号已停用，不能审批",
		"The account is deactivated and cannot decide")
	ErrSingleNote = fault.Define("approval_single_note",
		"只有您一人能审批此申请，单人确认须填写说明（至少4个字）",
		"You are the only one who could decide this: confirm it with a note (at least 4 characters)")
)

// minNote is how many characters the note of a single-person confirmation has at least.
const minNote = 4

// Request is what is to be decided, as far as the decision depends on it.
type Request struct {
	Decider   Decider
	Path      string   // the customer's chain of departments, /head/below/; "" or "/" for none
	Requester []string // the marks of the person who asked
}

// Candidate is somebody who would decide.
type Candidate struct {
	Marks      []string // of the person: staff id, e-mail, owner
	Role       string
	Department string
	Active     bool
}

// Verdict is whether the candidate may decide, and why not.
type Verdict struct {
	Allowed bool
	Single  bool // confirmed by the only person who could (单人确认)
	Why     *fault.Fault
}

// Decide tells whether the candidate may decide the request. others is how many further people
// could; single is the policy of single-person confirmation, and note what was written with it.
func Decide(r Request, c Candidate, others int, single bool, note string) Verdict {
	switch {
	case !c.Active:
		return Verdict{Why: ErrInactive}
	case !Entitled(r, c):
		return Verdict{Why: r.notDecider()}
	case !SamePerson(r.Requester, c.Marks):
		return Verdict{Allowed: true}
	case others > 0 || !single:
		return Verdict{Why: ErrOwn}
	case len([]rune(strings.TrimSpace(note))) < minNote:
		return Verdict{Why: ErrSingleNote}
	}
	return Verdict{Allowed: true, Single: true}
}

// Entitled tells whether the candidate's role and department reach the request, whoever asked.
func Entitled(r Request, c Candidate) bool {
	switch {
	case !c.Active:
		return false
	case c.Role == "data_admin":
		return true
	}
	return r.Decider == Manager && c.Role == "manager" && c.Department != "" &&
		strings.Contains(r.Path, "/"+c.Department+"/")
}

// SamePerson tells whether two sets of marks share one: two accounts of one person.
func SamePerson(a, b []string) bool {
	return slices.ContainsFunc(a, func(mark string) bool {
		return mark != "" && slices.Contains(b, mark)
	})
}

func (r Request) notDecider() *fault.Fault {
	if r.Decider == Manager && strings.Trim(r.Path, "/") != "" {
		return ErrNotDecider.With("who", "客户所属部门的负责人或数据管理员",
			"who_en", "a manager of the customer's department or a data administrator")
	}
	return ErrNotDecider.With("who", "数据管理员", "who_en", "a data administrator")
}

// Superior is who an overdue request goes to: of the managers from the customer's department
// upwards the first above the one who should have decided, never the person who asked. "" where
// there is none, and always for what data management decides.
func Superior(decider Decider, managers []string, requester string) string {
	if decider != Manager {
		return ""
	}
	first := ""
	for _, manager := range managers {
		switch {
		case manager == "" || manager == requester || manager == first:
		case first == "":
			first = manager
		default:
			return manager
		}
	}
	return ""
}

// Act is what happens to a customer's status.
type Act string

// The acts.
const (
	Submit  Act = "submit"
	Approve Act = "approve"
	Reject  Act = "reject"
	Cancel  Act = "cancel"
)

// steps is the machine: a draft or a returned customer is submitted, and locked until somebody
// decides or the request is cancelled.
var steps = map[Act]map[string]string{
	Submit:  {"draft": "pending", "rejected": "pending"},
	Approve: {"pending": "active"},
	Reject:  {"pending": "rejected"},
	Cancel:  {"pending": "draft"},
}

// Next is the status after an act; ok is false where the act does not fit the status.
func Next(status string, act Act) (next string, ok bool) {
	next, ok = steps[act][status]
	return next, ok
}

// Outcomes of a request, by act.
var outcomes = map[Act]string{Approve: "approved", Reject: "rejected", Cancel: "cancelled"}

// Outcome is the state of a request after an act.
func Outcome(act Act) string { return outcomes[act] }
