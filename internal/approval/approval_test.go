package approval_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/approval"
	"kehu/internal/fault"
)

func TestWhoMayDecide(t *testing.T) {
	const path = "/head/east/shanghai/"
	asked := []string{"staff:anna", "mail:anna@example.com"}
	for _, c := range []struct {
		name    string
		decider approval.Decider
		path    string
		who     approval.Candidate
		want    *fault.Fault
	}{
		{"manager of the department", approval.Manager, path, person("bob", "manager", "shanghai"), nil},
		{"manager two levels above", approval.Manager, path, person("bob", "manager", "head"), nil},
		{"manager of a sister department", approval.Manager, path, person("bob", "manager", "south"), approval.ErrNotDecider},
		{"manager of a department whose id ends alike", approval.Manager, path, person("bob", "manager", "hai"), approval.ErrNotDecider},
		{"manager without department", approval.Manager, "/", person("bob", "manager", ""), approval.ErrNotDecider},
		{"customer without department", approval.Manager, "", person("bob", "manager", "east"), approval.ErrNotDecider},
		{"data administrator for a manager's decision", approval.Manager, path, person("dora", "data_admin", ""), nil},
		{"data administrator, no department", approval.Manager, "", person("dora", "data_admin", ""), nil},
		{"manager for data management's decision", approval.Admin, path, person("bob", "manager", "shanghai"), approval.ErrNotDecider},
		{"data administrator", approval.Admin, path, person("dora", "data_admin", ""), nil},
		{"salesperson", approval.Manager, path, person("carl", "sales", "shanghai"), approval.ErrNotDecider},
		{"executive", approval.Admin, path, person("eve", "executive", ""), approval.ErrNotDecider},
		{"the requester as manager", approval.Manager, path, person("anna", "manager", "shanghai"), approval.ErrOwn},
		{"the requester, promoted meanwhile", approval.Admin, path, person("anna", "data_admin", ""), approval.ErrOwn},
		{"the requester's other account", approval.Admin, path,
			approval.Candidate{Marks: []string{"owner", "mail:anna@example.com"}, Role: "data_admin", Active: true}, approval.ErrOwn},
		{"deactivated", approval.Admin, path, approval.Candidate{Role: "data_admin"}, approval.ErrInactive},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := approval.Request{Decider: c.decider, Path: c.path, Requester: asked}
			got := approval.Decide(request, c.who, 3, true, "我已核对无误")
			if got.Allowed != (c.want == nil) || c.want != nil && !errors.Is(got.Why, c.want) {
				t.Fatalf("%+v", got)
			}
		})
	}
}

func person(name, role, department string) approval.Candidate {
	return approval.Candidate{Marks: []string{"staff:" + name, "mail:" + name + "@example.com"},
		Role: role, Department: department, Active: true}
}

func TestSinglePersonConfirmation(t *testing.T) {
	own := approval.Request{Decider: approval.Admin, Requester: []string{"staff:dora"}}
	dora := person("dora", "data_admin", "")
	for _, c := range []struct {
		name   string
		others int
		policy bool
		note   string
		want   *fault.Fault
	}{
		{"policy off", 0, false, "已与客户核对", approval.ErrOwn},
		{"somebody else could", 1, true, "已与客户核对", approval.ErrOwn},
		{"no note", 0, true, "  好 ", approval.ErrSingleNote},
		{"alone, allowed, with a note", 0, true, "已与客户核对", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := approval.Decide(own, dora, c.others, c.policy, c.note)
			if got.Allowed != (c.want == nil) || got.Single != (c.want == nil) ||
				c.want != nil && !errors.Is(got.Why, c.want) {
				t.Fatalf("%+v", got)
			}
		})
	}
}

// Whatever the role, the department and the marks: who shares a mark with the requester never
// decides while somebody else could, and nobody without the role does.
func TestNobodyDecidesTheirOwn(t *testing.T) {
	names := []string{"anna", "bob", "carl"}
	roles := []string{"sales", "service", "marketing", "finance", "manager", "executive", "data_admin"}
	departments := []string{"", "head", "east", "south"}
	rapid.Check(t, func(t *rapid.T) {
		asker := rapid.SampledFrom(names).Draw(t, "asker")
		who := person(rapid.SampledFrom(names).Draw(t, "who"), rapid.SampledFrom(roles).Draw(t, "role"),
			rapid.SampledFrom(departments).Draw(t, "department"))
		request := approval.Request{
			Decider:   rapid.SampledFrom([]approval.Decider{approval.Manager, approval.Admin}).Draw(t, "decider"),
			Path:      rapid.SampledFrom([]string{"", "/", "/head/", "/head/east/", "/head/south/"}).Draw(t, "path"),
			Requester: []string{"staff:" + asker, "mail:" + asker + "@example.com"},
		}
		others := rapid.IntRange(0, 2).Draw(t, "others")
		got := approval.Decide(request, who, others, rapid.Bool().Draw(t, "policy"), "说明说明")
		if got.Allowed == (got.Why != nil) {
			t.Fatalf("neither allowed nor refused: %+v", got)
		}
		if got.Allowed && slices.Contains(who.Marks, "staff:"+asker) && (others > 0 || !got.Single) {
			t.Fatalf("%s decided their own: %+v", asker, got)
		}
		if got.Allowed && who.Role != "data_admin" && (who.Role != "manager" || request.Decider != approval.Manager) {
			t.Fatalf("a %s decided: %+v", who.Role, request)
		}
	})
}

func TestSuperior(t *testing.T) {
	for _, c := range []struct {
		name     string
		decider  approval.Decider
		managers []string
		asker    string
		want     string
	}{
		{"the next above", approval.Manager, []string{"low", "high"}, "anna", "high"},
		{"the same manager twice", approval.Manager, []string{"low", "low", "high"}, "anna", "high"},
		{"a department without manager", approval.Manager, []string{"", "low", "", "high"}, "anna", "high"},
		{"the requester heads the department", approval.Manager, []string{"anna", "high", "top"}, "anna", "top"},
		{"nobody above", approval.Manager, []string{"low"}, "anna", ""},
		{"data management's own", approval.Admin, []string{"low", "high"}, "anna", ""},
	} {
		if got := approval.Superior(c.decider, c.managers, c.asker); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestStatusMachine(t *testing.T) {
	want := map[[2]string]string{
		{"draft", "submit"}: "pending", {"rejected", "submit"}: "pending",
		{"pending", "approve"}: "active", {"pending", "reject"}: "rejected",
		{"pending", "cancel"}: "draft",
	}
	for _, status := range []string{"draft", "pending", "active", "rejected", ""} {
		for _, act := range []string{"submit", "approve", "reject", "cancel", "other"} {
			next, ok := approval.Next(status, approval.Act(act))
			if wanted := want[[2]string{status, act}]; next != wanted || ok != (wanted != "") {
				t.Errorf("%s of %s: %q %v", act, status, next, ok)
			}
		}
	}
}
