// Schemafixture writes a small data directory as a released program would have left it: the tables up
// to the last change of that release, with a few invented customers, encrypted, and the key beside
// it. Run it once at each release and commit what it writes; the tests upgrade every one of them.
//
//	go run ./tools/schemafixture -until 1763000000_register.go -out commands/testdata/schemas/1763000000
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/vault"
)

func main() {
	until := flag.String("until", "", "the last change of the release, as it stands in _migrations")
	out := flag.String("out", "", "a new folder")
	flag.Parse()
	if err := write(*until, *out); err != nil {
		log.Fatal(err)
	}
}

func write(until, out string) error {
	if until == "" || out == "" {
		return errors.New("-until and -out are needed")
	}
	if _, err := os.Stat(out); err == nil {
		return fmt.Errorf("%s is there already: what a release left is never made anew", out)
	}
	data, keys := filepath.Join(out, "data"), filepath.Join(out, "keys")
	root, err := collections.OpenKeys(data, keys, collections.Random)
	if err != nil {
		return err
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: data, DBConnect: collections.Connect(root)})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	list := core.MigrationsList{}
	found := false
	for _, m := range core.AppMigrations.Items() {
		if m.File <= until {
			list.Add(m)
			found = found || m.File == until
		}
	}
	if !found {
		return fmt.Errorf("there is no change %s", until)
	}
	if _, err := core.NewMigrationsRunner(app, list).Up(); err != nil {
		return err
	}
	if err := keep(app, root); err != nil {
		return err
	}
	numbers, err := fill(app)
	if err != nil {
		return err
	}
	for _, statement := range []string{"DELETE FROM _logs", "VACUUM"} {
		if _, err := app.AuxNonconcurrentDB().NewQuery(statement).Execute(); err != nil {
			return err
		}
	}
	if _, err := app.NonconcurrentDB().NewQuery("VACUUM").Execute(); err != nil {
		return err
	}
	if err := app.ResetBootstrapState(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(map[string]any{"schema": until, "customers": numbers}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "holds.json"), append(text, '\n'), 0o644)
}

// keep makes the working keys, as the first start of that release did.
func keep(app core.App, root *vault.Root) error {
	keys, err := vault.NewKeysets()
	if err != nil {
		return err
	}
	wrapped, err := keys.Marshal(root)
	if err != nil {
		return err
	}
	return collections.Through(app.NonconcurrentDB()).Exec("INSERT INTO kehu_keysets (id, wrapped) VALUES (1, ?)", wrapped)
}

// fill enters what the tests look for afterwards: number → name.
func fill(app core.App) (map[string]string, error) {
	department, err := enter(app, "departments", map[string]any{"name": "华东销售部"})
	if err != nil {
		return nil, err
	}
	owner, err := enter(app, "staff", map[string]any{"email": "sales@example.com", "name": "周销售", "role": "sales",
		"department": department, "active": true, "verified": true, "password": "青山遮不住，毕竟东流去"})
	if err != nil {
		return nil, err
	}
	numbers := map[string]string{"KH-202601001": "上海试例贸易有限公司", "KH-202601002": "北京样本科技有限公司",
		"KH-202601003": "李示范"}
	doc := 0
	for _, number := range []string{"KH-202601001", "KH-202601002", "KH-202601003"} {
		kind := "enterprise"
		doc++
		if doc == 3 {
			kind = "individual"
		}
		customer, err := enter(app, "customers", map[string]any{"number": number, "name": numbers[number], "kind": kind,
			"status": "active", "stage": "intent", "owner": owner, "department": department, "doc": doc})
		if err != nil {
			return nil, err
		}
		if _, err := enter(app, "contacts", map[string]any{"customer": customer, "name": "王联系",
			"mobile": fmt.Sprintf("1391284500%d", doc), "primary": true}); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// enter saves a record past the rules, as they were others then.
func enter(app core.App, collection string, values map[string]any) (string, error) {
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return "", err
	}
	record := core.NewRecord(c)
	record.Load(values)
	if password, ok := values["password"].(string); ok {
		record.SetPassword(password)
	}
	if err := app.Save(record); err != nil {
		return "", fmt.Errorf("%s: %w", collection, err)
	}
	return record.Id, nil
}
