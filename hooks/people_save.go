package hooks

import (
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/policy"
	"kehu/internal/register"
)

// Faults of departments, staff, tags and policies.
var (
	ErrDepartmentLoop = fault.Define("department_loop", "部门不能在自己的下级之下",
		"A department cannot stand below itself")
	ErrDepartmentUsed = fault.Define("department_used", "部门还有员工、客户、活动或下级部门，请先移到别的部门，再删除",
		"Members of staff, customers, campaigns or departments are still in it: move them first")
	ErrLastAdmin = fault.Define("last_data_admin", "这是最后一位数据管理员，请先指定另一位",
		"This is the last data administrator, appoint another one first")
	ErrTagLong = fault.Define("tag_too_long", "标签不超过10个字", "A tag has at most 10 characters")
)

func refuseField(collection, field string, found *fault.Fault) error {
	return &refusal{collection: collection, status: http.StatusBadRequest,
		findings: register.Findings{field: found}}
}

// departmentSave keeps the chain of departments above each one, which row rules compare.
func departmentSave(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		db := collections.Through(e.App.DB())
		r := e.Record
		if r.Id == "" {
			r.Id = core.GenerateDefaultRandomId()
		}
		above, err := collections.DepartmentPath(db, r.GetString("parent"))
		if err != nil {
			return err
		}
		path := above + r.Id + "/"
		if collections.InPath(above, r.Id) {
			return refuseField("departments", "parent", ErrDepartmentLoop)
		}
		old := r.Original().GetString("path")
		r.Set("path", path)
		if err := e.Next(); err != nil {
			return err
		}
		return collections.MoveDepartments(db, old, path)
	})
}

// departmentDelete: who works there, what it looks after and what stands below it would be left without one.
func departmentDelete(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		used, err := collections.DepartmentUsed(collections.Through(e.App.DB()), e.Record.Id)
		if err != nil {
			return err
		}
		if used {
			return refuseField("departments", "name", ErrDepartmentUsed)
		}
		return e.Next()
	})
}

// staffSave moves the customers of a member with it to another department.
func (h *House) staffSave(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		r, original := e.Record, e.Record.Original()
		lost := original.GetString("role") == "data_admin" && original.GetBool("active") &&
			(r.GetString("role") != "data_admin" || !r.GetBool("active"))
		db := collections.Through(e.App.DB())
		if lost {
			others, err := collections.OtherAdmins(db, r.Id)
			if err != nil {
				return err
			}
			if others == 0 {
				return refuseField("staff", "role", ErrLastAdmin)
			}
		}
		if err := e.Next(); err != nil {
			return err
		}
		if department := r.GetString("department"); department != original.GetString("department") {
			return h.moveCustomers(e, department)
		}
		return nil
	})
}

// moveCustomers puts a member's customers into its new department; their history tells of it.
func (h *House) moveCustomers(e *core.RecordEvent, to string) error {
	db := collections.Through(e.App.DB())
	moved, err := collections.MoveCustomers(db, e.Record.Id, to)
	if err != nil {
		return err
	}
	f := fields.MustGet("customers", "department")
	changes := make([]collections.Change, len(moved))
	for i, m := range moved {
		changes[i] = collections.Change{Customer: m.Customer, Collection: "customers", Record: m.Customer,
			Field: f.Key, Class: f.Class, Old: m.From, New: to}
	}
	in, _ := e.Record.GetRaw(carriedKey).(*entry)
	cause := h.acting(e.App, in).cause(stampOf(h.options.Clock()))
	return collections.AppendChanges(db, cause, changes)
}

func tagSave(e *core.RecordEvent) error {
	if len([]rune(e.Record.GetString("name"))) > 10 {
		return refuseField("tags", "name", ErrTagLong)
	}
	return e.Next()
}

// staffDelete: what a member did stays theirs, so who leaves is switched off and not deleted, by an
// owner of the system neither.
func (h *House) staffDelete(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		if e.Record.GetString("role") == "data_admin" && e.Record.GetBool("active") {
			others, err := collections.OtherAdmins(collections.Through(e.App.DB()), e.Record.Id)
			if err != nil {
				return err
			}
			if others == 0 {
				return refuseField("staff", "role", ErrLastAdmin)
			}
		}
		return refuseField("staff", "active", ErrStaffKept)
	})
}

// endSubscriptions closes the realtime connections of one member, or of all with "". Clients
// connect and subscribe anew by themselves.
func (h *House) endSubscriptions(member string) {
	broker := h.app.SubscriptionsBroker()
	for id, client := range broker.Clients() {
		auth, _ := client.Get(apis.RealtimeClientAuthKey).(*core.Record)
		if auth != nil && (member == "" || auth.Id == member) {
			broker.Unregister(id)
		}
	}
}

// policySave checks a policy against its key's own rules.
func (h *House) policySave(e *core.RecordEvent) error {
	set := *h.policies.Load()
	if e.Type == core.ModelEventTypeCreate || e.Type == core.ModelEventTypeUpdate {
		key, value := e.Record.GetString("key"), []byte(e.Record.GetString("value"))
		if found, bad := fault.Of(set.Put(key, value)); bad {
			findings := register.Findings{"value": found}
			for path, part := range policy.Problems(key, value) {
				findings["value."+path] = part
			}
			return &refusal{collection: "policies", status: http.StatusBadRequest, findings: findings}
		}
	}
	if !slices.Contains(classPolicies, e.Record.GetString("key")) {
		return e.Next()
	}
	return inTransaction(e, func() error {
		if err := h.resortAll(e.App); err != nil {
			return err
		}
		return e.Next()
	})
}

// classPolicies are those by which customers are classified: a change sorts the register anew.
var classPolicies = []string{"tiers", "value", "cycle"}

// policyApply puts a stored policy in force once it has committed: all are read anew, and a
// changed matrix is written into the rules of the collections, without a restart.
func (h *House) policyApply(e *core.RecordEvent) error {
	if err := h.readPolicies(); err != nil {
		return err
	}
	if e.Record.GetString("key") == "access" {
		if err := collections.ApplyAccess(h.app); err != nil {
			return err
		}
		h.endSubscriptions("")
	}
	if slices.Contains(classPolicies, e.Record.GetString("key")) {
		// anew from the beginning: a pass at work may have gone on by the policy before
		if err := h.resortAll(h.app); err != nil {
			return err
		}
		h.wakeClassify()
	}
	if e.Record.GetString("key") == "signin" {
		if err := h.applySettings(h.app); err != nil {
			return err
		}
	}
	return e.Next()
}
