package hooks

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
)

// Faults of the owner's doors in the built-in admin UI.
var (
	ErrSettingsFixed = fault.Define("settings_fixed",
		"「{part}」由客户登记自行管理，不能在这里修改；邮件服务器、应用名称地址和所有者 IP 可以修改",
		"“{part}” is set by the register itself and not here; mail, name, address and the owners' "+
			"IPs may be changed")
	ErrCollectionFixed = fault.Define("collection_fixed",
		"「{name}」的{part}由客户登记自行管理，不能修改",
		"{part} of {name} is the register's own and cannot be changed")
	ErrRulesFixed = fault.Define("rules_fixed",
		"自建的集合只对所有者开放，访问规则请留空",
		"A collection of your own is open to owners only, leave its rules locked")
)

// openSettings are the parts of PocketBase's settings that an owner may change. The others are
// what the product stands on: limits, request log, batch, storage, trusted proxies, backups.
var openSettings = []string{"meta", "smtp", "superuserIPs"}

// settingsUpdate refuses settings that would loosen what the product needs.
func settingsUpdate(e *core.SettingsUpdateRequestEvent) error {
	part, err := differing(e.OldSettings, e.NewSettings, openSettings)
	if err != nil {
		return err
	}
	if part != "" {
		return refuse(e.RequestEvent, http.StatusForbidden, ErrSettingsFixed.With("part", part))
	}
	return e.Next()
}

// differing names the first part in which two values differ as JSON, the allowed ones left out.
func differing(old, changed any, allowed []string) (string, error) {
	before, err := partsOf(old)
	if err != nil {
		return "", err
	}
	after, err := partsOf(changed)
	if err != nil {
		return "", err
	}
	keys := []string{}
	for key := range before {
		keys = append(keys, key)
	}
	for key := range after {
		if _, both := before[key]; !both {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if !slices.Contains(allowed, key) && !bytes.Equal(before[key], after[key]) {
			return key, nil
		}
	}
	return "", nil
}

func partsOf(value any) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	parts := map[string]json.RawMessage{}
	return parts, json.Unmarshal(text, &parts)
}

// openParts of the product's own collections: how members sign in with the company's provider, and
// the wording of mails.
var openParts = map[string][]string{
	"staff":                       {"oauth2", "resetPasswordTemplate", "verificationTemplate", "authAlert", "updated"},
	core.CollectionNameSuperusers: {"resetPasswordTemplate", "authAlert", "updated"},
}

// collectionUpdate keeps the product's collections as the code says, and an owner's own ones closed
// to everybody else: rules are re-applied at every start, and must not be other in between.
func collectionUpdate(e *core.CollectionRequestEvent) error {
	if !collections.Own(e.Collection) {
		return ownersCollection(e)
	}
	stored, err := e.App.FindCollectionByNameOrId(e.Collection.Id)
	if err != nil {
		return err
	}
	part, err := differing(stored, e.Collection, openParts[stored.Name])
	if err != nil {
		return err
	}
	if part == "" && secretsOf(stored) != secretsOf(e.Collection) {
		part = "secret"
	}
	if part != "" {
		return refuse(e.RequestEvent, http.StatusForbidden,
			ErrCollectionFixed.With("name", stored.Name, "part", part))
	}
	return e.Next()
}

// secretsOf are what JSON leaves out: who knows a collection's secret can make its tokens.
func secretsOf(c *core.Collection) [5]string {
	return [5]string{c.AuthToken.Secret, c.FileToken.Secret, c.PasswordResetToken.Secret,
		c.EmailChangeToken.Secret, c.VerificationToken.Secret}
}

// ownersCollection is one that an owner makes or changes.
func ownersCollection(e *core.CollectionRequestEvent) error {
	c := e.Collection
	for _, rule := range []*string{c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule, c.DeleteRule} {
		if rule != nil {
			return refuse(e.RequestEvent, http.StatusForbidden, ErrRulesFixed)
		}
	}
	if strings.HasPrefix(strings.ToLower(c.Name), "kehu_") || c.IsAuth() {
		return refuse(e.RequestEvent, http.StatusForbidden, ErrDoorClosed)
	}
	return e.Next()
}

func collectionDelete(e *core.CollectionRequestEvent) error {
	if collections.Own(e.Collection) {
		return refuse(e.RequestEvent, http.StatusForbidden,
			ErrCollectionFixed.With("name", e.Collection.Name, "part", "删除 delete"))
	}
	return e.Next()
}

func collectionsImport(e *core.CollectionsImportRequestEvent) error {
	return refuse(e.RequestEvent, http.StatusForbidden, ErrDoorClosed)
}
