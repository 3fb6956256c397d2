package hooks

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/password"
	"kehu/internal/policy"
	"kehu/internal/signin"
)

// Faults of the first set-up.
var (
	ErrSetupClosed = fault.Define("setup_closed", "已有管理员，首次设置已关闭",
		"There is an administrator, the first set-up is closed")
	ErrSetupCode = fault.Define("setup_code",
		"设置码不正确；它显示在启动窗口，也在密钥目录的 setup-code 文件里",
		"The set-up code is wrong: it is printed at the start and in the file setup-code of the keys folder")
	ErrSetupField = fault.Define("setup_field", "请填写「{field}」", "Give the {field}")
	ErrSetupSame  = fault.Define("setup_same",
		"系统所有者的邮箱不能与管理员相同：同邮箱的账号按员工权限使用",
		"The owner's e-mail must differ from the administrator's: an account with a member's e-mail "+
			"acts as that member")
)

// bindSetup binds the first set-up: it works with the code that the start printed, until there is
// an administrator.
func (h *House) bindSetup(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/setup", h.setupState)
	g.POST("/setup", h.setup)
}

// setups happen one at a time.
var setups sync.Mutex

func (h *House) setupOpen(app core.App) (bool, error) {
	if h.options.SetupCode == "" {
		return false, nil
	}
	n, err := collections.Administrators(collections.Through(app.DB()))
	return n == 0, err
}

// setupState tells the web app which page to begin with.
func (h *House) setupState(e *core.RequestEvent) error {
	open, err := h.setupOpen(e.App)
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"open": open})
}

// setupBody is what the first set-up asks: the firm, its first data administrator, and where wanted
// an owner of the system with an account of the built-in admin UI.
type setupBody struct {
	Code          string `json:"code"`
	Company       string `json:"company"`
	Name          string `json:"name"`
	Email         string `json:"email"`
	Password      string `json:"password"`
	OwnerEmail    string `json:"owner_email"`
	OwnerPassword string `json:"owner_password"`
	OnePerson     bool   `json:"one_person"`
}

func (b *setupBody) check() *fault.Fault {
	for _, s := range []*string{&b.Company, &b.Name, &b.Email, &b.OwnerEmail} {
		*s = strings.TrimSpace(*s)
	}
	for _, f := range []struct{ label, value string }{
		{"公司名称 company", b.Company}, {"姓名 name", b.Name}, {"邮箱 email", b.Email},
	} {
		if f.value == "" || len(f.value) > 300 {
			return ErrSetupField.With("field", f.label)
		}
	}
	if _, err := mail.ParseAddress(b.Email); err != nil {
		return ErrSetupField.With("field", "邮箱 email")
	}
	if strings.EqualFold(b.OwnerEmail, b.Email) {
		return ErrSetupSame
	}
	return nil
}

// setup makes all in one transaction.
func (h *House) setup(e *core.RequestEvent) error {
	setups.Lock()
	defer setups.Unlock()
	open, err := h.setupOpen(e.App)
	if err != nil || !open {
		return firstOf(err, refuse(e, http.StatusConflict, ErrSetupClosed))
	}
	var body setupBody
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON"))
	}
	err = h.newTry(e, "setup "+networkOf(e.RealIP())).run(func() (bool, error) {
		given, want := signin.Hash(body.Code), signin.Hash(h.options.SetupCode)
		return subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1, nil
	})
	if err != nil {
		if codeOf(err) == ErrSignInWrong.Code {
			return refuse(e, http.StatusForbidden, ErrSetupCode)
		}
		return err
	}
	if found := body.check(); found != nil {
		return refuse(e, http.StatusBadRequest, found)
	}
	return h.setUp(e, &body)
}

// weak tells a password apart that holds the firm's name, which no policy knows yet.
func (b *setupBody) weak() (collection string, err error) {
	for _, a := range []struct{ collection, plain, email, name string }{
		{"staff", b.Password, b.Email, b.Name}, {core.CollectionNameSuperusers, b.OwnerPassword, b.OwnerEmail, ""},
	} {
		if a.plain == "" {
			continue // said where the account is saved
		}
		if found, bad := fault.Of(password.Check(a.plain, a.email, a.name, b.Company)); bad {
			return a.collection, refuseField(a.collection, "password", found)
		}
	}
	return "", nil
}

func (h *House) setUp(e *core.RequestEvent, body *setupBody) error {
	if collection, err := body.weak(); err != nil {
		return h.answered(e, collection, err)
	}
	var admin *core.Record
	collection := "staff"
	err := e.App.RunInTransaction(func(tx core.App) error {
		if err := h.setupPolicies(tx, body); err != nil {
			return err
		}
		var err error
		admin, err = createAccount(tx, "staff", body.Email, body.Password, map[string]any{
			"name": body.Name, "role": "data_admin", "active": true})
		if err != nil {
			return err
		}
		if body.OwnerEmail != "" {
			collection = core.CollectionNameSuperusers
			_, err = createAccount(tx, collection, body.OwnerEmail, body.OwnerPassword, nil)
			if err != nil {
				return err
			}
		}
		return h.noteStaff(tx, e, admin, "setup")
	})
	if err != nil {
		return h.answered(e, collection, err)
	}
	if h.options.SetUp != nil {
		h.options.SetUp()
	}
	return e.JSON(http.StatusOK, map[string]any{"email": admin.Email(),
		"next": []string{"signin", "recovery_sheet", "staff", "import"}})
}

// setupPolicies keeps the firm's name, and that it has one person only where it says so.
func (h *House) setupPolicies(tx core.App, body *setupBody) error {
	company := h.policies.Load().Company
	company.Name = body.Company
	values := map[string]any{"company": company}
	if body.OnePerson && slices.Contains(policy.Keys(), "review") {
		values["review"] = map[string]any{"mode": "none"}
	}
	c, err := tx.FindCollectionByNameOrId("policies")
	if err != nil {
		return err
	}
	for key, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		record := core.NewRecord(c)
		record.Set("key", key)
		record.Set("value", string(text))
		if err := tx.Save(record); err != nil {
			return err
		}
	}
	return nil
}

func createAccount(app core.App, collection, email, password string, values map[string]any) (
	*core.Record, error) {
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(c)
	record.Load(values)
	record.SetEmail(email)
	record.SetPassword(password)
	return record, app.Save(record)
}

// AwaitsSetup tells whether nobody has set the register up yet.
func (h *House) AwaitsSetup() (bool, error) { return h.setupOpen(h.app) }
