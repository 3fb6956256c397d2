package hooks

import (
	"database/sql"
	"errors"
	"net/http"

	"github.com/ganigeorgiev/fexpr"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
)

// Faults of accounts of the built-in admin UI that belong to a member of staff.
var (
	ErrMemberInactive = fault.Define("member_inactive",
		"此管理界面账号属于已停用的员工，不能使用",
		"This account belongs to a member of staff who is switched off")
	ErrLastOwner = fault.Define("last_owner",
		"这样做之后就没有系统所有者了（与员工同邮箱的账号不算所有者）；请先用 kehu superuser create 建立另一个",
		"That would leave no owner of the system (an account with a member's e-mail is none): make "+
			"another first with kehu superuser create")
	ErrStaffKept = fault.Define("staff_kept", "员工不能删除，只能停用（取消「在职」）",
		"A member of staff is switched off, not deleted")
)

// linkedKey holds, on a request, the member that an account of _superusers acts as.
const linkedKey = "kehuLinked"

// commandID is the record that stands for a command of this machine.
const commandID = "commandline0000"

// ownRoutes are where the built-in admin UI works with its own account: it reads the schema, the few
// settings it needs, and renews its token. Everywhere else a linked account is the member, so that
// a route nobody has thought of is closed to it and not open.
var ownRoutes = map[string]bool{
	"GET /api/settings":                               true,
	"GET /api/collections":                            true,
	"GET /api/collections/{collection}":               true,
	"GET /api/collections/meta/scaffolds":             true,
	"GET /api/collections/meta/oauth2-providers":      true, // the same list for everybody
	"POST /api/collections/{collection}/auth-refresh": true,
}

const fileRoute = "GET /api/files/{collection}/{recordId}/{filename}"

// memberFor finds the member of staff with a superuser's e-mail, nil where there is none.
func memberFor(app core.App, superuser *core.Record) (*core.Record, error) {
	if superuser.Id == commandID || superuser.Email() == "" {
		return nil, nil
	}
	return findAccount(app, "staff", superuser.Email())
}

// findAccount finds by e-mail, whatever its case; nil where there is none.
func findAccount(app core.App, collection, email string) (*core.Record, error) {
	record, err := app.FindAuthRecordByEmail(collection, email)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return record, err
}

// actAsMember puts the member in the place of a linked account right after the token was read:
// rules, masks, row scopes, files and realtime then hold by themselves. The link is looked up with
// every request, so it changes the moment an e-mail does.
func (h *House) actAsMember(e *core.RequestEvent) error {
	if e.Request.Pattern == fileRoute {
		if err := h.memberFile(e); err != nil {
			return err
		}
	}
	if e.Auth == nil || !e.Auth.IsSuperuser() {
		return e.Next()
	}
	member, err := memberFor(e.App, e.Auth)
	if err != nil {
		return err
	}
	if member == nil {
		return e.Next()
	}
	if !member.GetBool("active") {
		return refuse(e, http.StatusForbidden, ErrMemberInactive)
	}
	e.Set(linkedKey, member)
	if !ownRoutes[e.Request.Pattern] {
		e.Set(viaKey, e.Auth)
		e.Auth = member
	}
	return e.Next()
}

// memberFile turns the file token of a linked account into the member's: files are opened by the
// token in their address, whoever else asks.
func (h *House) memberFile(e *core.RequestEvent) error {
	query := e.Request.URL.Query()
	owner, err := e.App.FindAuthRecordByToken(query.Get("token"), core.TokenTypeFile)
	if err != nil || !owner.IsSuperuser() {
		return nil // no token, or a member's own
	}
	member, err := memberFor(e.App, owner)
	if err != nil || member == nil {
		return err
	}
	if !member.GetBool("active") {
		return refuse(e, http.StatusForbidden, ErrMemberInactive)
	}
	token, err := member.NewFileToken()
	if err != nil {
		return err
	}
	query.Set("token", token)
	e.Request.URL.RawQuery = query.Encode()
	return nil
}

func linked(e *core.RequestEvent) bool { return e.Get(linkedKey) != nil }

// settingsList shows a linked account what the admin UI draws with, and nothing of the machine.
func settingsList(e *core.SettingsListRequestEvent) error {
	if linked(e.RequestEvent) {
		redacted := &core.Settings{}
		redacted.Meta.AppName, redacted.Meta.AppURL = e.Settings.Meta.AppName, e.Settings.Meta.AppURL
		redacted.Meta.AccentColor, redacted.Meta.HideControls = e.Settings.Meta.AccentColor, true
		e.Settings = redacted
	}
	return e.Next()
}

// collectionsList shows a linked account the collections that have an open door for its role; which
// rows come through it, the rules say.
func collectionsList(e *core.CollectionsListRequestEvent) error {
	if linked(e.RequestEvent) {
		open, role := []*core.Collection{}, memberRole(e.RequestEvent)
		for _, c := range e.Collections {
			if opened(c, role) {
				open = append(open, bare(c))
			}
		}
		e.Collections, e.Result.Items, e.Result.TotalItems = open, open, len(open)
		e.Result.TotalPages = 1
	}
	return e.Next()
}

func collectionView(e *core.CollectionRequestEvent) error {
	if linked(e.RequestEvent) {
		if !opened(e.Collection, memberRole(e.RequestEvent)) {
			return refuse(e.RequestEvent, http.StatusForbidden, ErrForbidden)
		}
		e.Collection = bare(e.Collection)
	}
	return e.Next()
}

func memberRole(e *core.RequestEvent) string {
	member, _ := e.Get(linkedKey).(*core.Record)
	if member == nil {
		return ""
	}
	return member.GetString("role")
}

// opened tells whether a collection's rule could show somebody of that role anything.
func opened(c *core.Collection, role string) bool {
	if c.System || c.ListRule == nil {
		return false
	}
	groups, err := fexpr.Parse(*c.ListRule)
	return err != nil || possible(groups, role)
}

// possible evaluates a rule by the role alone; whatever else it asks for is taken to hold.
func possible(groups []fexpr.ExprGroup, role string) bool {
	holds, any := true, false
	for i, g := range groups {
		term := true
		switch item := g.Item.(type) {
		case fexpr.Expr:
			if item.Left.Literal == "@request.auth.role" && item.Op == fexpr.SignEq {
				term = item.Right.Literal == role
			}
		case fexpr.ExprGroup:
			term = possible([]fexpr.ExprGroup{item}, role)
		case []fexpr.ExprGroup:
			term = possible(item, role)
		}
		if i > 0 && g.Join == fexpr.JoinOr { // weaker than &&
			any, holds = any || holds, term
		} else {
			holds = holds && term
		}
	}
	return any || holds
}

// bare is a collection without what only its owner needs: rules and how its members sign in. The
// cached one is not touched.
func bare(c *core.Collection) *core.Collection {
	copied := *c
	copied.ListRule, copied.ViewRule, copied.CreateRule = nil, nil, nil
	copied.UpdateRule, copied.DeleteRule, copied.AuthRule, copied.ManageRule = nil, nil, nil, nil
	copied.OAuth2 = core.OAuth2Config{}
	return &copied
}

// ownersKept runs a change of accounts and takes it back when it would leave the system without an
// owner: an account that is linked to nobody.
func ownersKept(app core.App, collection string, change func() error) error {
	db := collections.Through(app.DB())
	before, err := collections.Owners(db)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := collections.Owners(db)
	if err == nil && before > 0 && after == 0 {
		return refuseField(collection, "email", ErrLastOwner)
	}
	return err
}

// superuserDelete keeps an owner, and ends the deleted account's connections.
func (h *House) superuserDelete(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		return ownersKept(e.App, core.CollectionNameSuperusers, e.Next)
	})
}

// endLinkedSessions ends the sessions of the admin UI's account with an e-mail: it acts as another
// from now on, or as the same with other rights.
func endLinkedSessions(app core.App, email string) error {
	if email == "" {
		return nil
	}
	superuser, err := findAccount(app, core.CollectionNameSuperusers, email)
	if err != nil || superuser == nil {
		return err
	}
	superuser.RefreshTokenKey()
	return app.Save(superuser)
}
