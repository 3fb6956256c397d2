package hooks

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/password"
)

// accounts are the collections whose records sign in.
var accounts = []string{"staff", core.CollectionNameSuperusers}

// bindAccounts is the table of what happens to those who sign in and to their doors.
func (h *House) bindAccounts() {
	app := h.app
	app.OnRecordCreate(accounts...).BindFunc(h.accountSave)
	app.OnRecordUpdate(accounts...).BindFunc(h.accountSave)
	app.OnRecordCreateRequest(accounts...).BindFunc(newAccount)
	app.OnRecordDelete(core.CollectionNameSuperusers).BindFunc(h.superuserDelete)
	app.OnRecordDeleteRequest(accounts...).BindFunc(h.refusals)
	app.OnRecordCreateRequest(core.CollectionNameSuperusers).BindFunc(h.refusals)
	app.OnRecordUpdateRequest(core.CollectionNameSuperusers).BindFunc(h.refusals)
	app.OnRecordAfterCreateSuccess(accounts...).BindFunc(h.accountChanged)
	app.OnRecordAfterUpdateSuccess(accounts...).BindFunc(h.accountChanged)
	app.OnRecordAfterDeleteSuccess(accounts...).BindFunc(h.accountDeleted)

	app.OnRealtimeSubscribeRequest().BindFunc(h.realtimeSubscribe)
	app.OnSettingsListRequest().BindFunc(settingsList)
	app.OnSettingsUpdateRequest().BindFunc(settingsUpdate)
	app.OnCollectionsListRequest().BindFunc(collectionsList)
	app.OnCollectionViewRequest().BindFunc(collectionView)
	app.OnCollectionCreateRequest().BindFunc(ownersCollection)
	app.OnCollectionUpdateRequest().BindFunc(collectionUpdate)
	app.OnCollectionDeleteRequest().BindFunc(collectionDelete)
	app.OnCollectionsImportRequest().BindFunc(collectionsImport)
}

// newAccount lets a member be entered without a password: a one-time link lets them choose it.
func newAccount(e *core.RecordRequestEvent) error {
	if e.Record.Collection().Name == "staff" && plainPassword(e.Record) == "" {
		e.Record.SetRandomPassword()
	}
	return e.Next()
}

// plainPassword is a password that is being set, "" where the stored one stays.
func plainPassword(r *core.Record) string {
	value, _ := r.GetRaw(core.FieldNamePassword).(*core.PasswordFieldValue)
	if value == nil {
		return ""
	}
	return value.Plain
}

// accountSave keeps e-mails in one form, weak passwords out, an owner in, and ends the sessions of
// whoever loses or changes what they may do.
func (h *House) accountSave(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		r, original := e.Record, e.Record.Original()
		name := r.Collection().Name
		r.SetEmail(strings.ToLower(strings.TrimSpace(r.Email())))
		if plain := plainPassword(r); plain != "" {
			err := password.Check(plain, r.Email(), r.GetString("name"), h.policies.Load().Company.Name)
			if found, bad := fault.Of(err); bad {
				return refuseField(name, "password", found)
			}
		}
		if name == "staff" {
			if r.IsNew() {
				// entered by an administrator, so there is nobody who could have got in before
				r.SetVerified(true)
			}
			if standing(r) != standing(original) && !r.IsNew() {
				r.RefreshTokenKey()
			}
		}
		if err := ownersKept(e.App, name, e.Next); err != nil {
			return err
		}
		return h.linksChanged(e.App, r, original)
	})
}

// standing is what a member's sessions stand on, beside password and e-mail, with which PocketBase
// ends them itself.
func standing(r *core.Record) [2]any { return [2]any{r.GetString("role"), r.GetBool("active")} }

// linksChanged ends the sessions of the admin UI's accounts whose link a member's change makes,
// breaks, or fills with other rights; and forgets the provider's accounts of another e-mail.
func (h *House) linksChanged(app core.App, r, original *core.Record) error {
	if r.Collection().Name != "staff" {
		return nil
	}
	moved := r.Email() != original.Email()
	if moved || standing(r) != standing(original) {
		if err := endLinkedSessions(app, r.Email()); err != nil {
			return err
		}
	}
	if !moved || original.Email() == "" {
		return nil
	}
	if err := app.DeleteAllExternalAuthsByRecord(r); err != nil {
		return err
	}
	return endLinkedSessions(app, original.Email())
}

func (h *House) applySettings(app core.App) error {
	return collections.ApplySettings(app, h.policies.Load().SignIn.SessionHours,
		len(h.options.Proxies) > 0)
}
