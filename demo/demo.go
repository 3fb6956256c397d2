// Package demo fills a new register with an invented company: departments, one member of staff for
// each role, and customers with two years of history; and it makes a workbook with every kind of
// trouble that real sheets have, ready to be imported.
//
// All of it is fiction. Records go through the same hooks as any other, so that what a visitor
// sees is what the product does.
package demo

import (
	"crypto/rand"
	"fmt"
	random "math/rand/v2"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// SignIn is an account of the demonstration. Its password is known here and never again: the
// register keeps a hash.
type SignIn struct {
	Role     string // a role of the staff, or "owner"
	Name     string
	Email    string
	Password string
}

// seed makes every demonstration the same one.
const seed = 20250101

// Random is the source from which both Fill and Workbook invent the same company.
func Random() *random.Rand { return random.New(random.NewPCG(seed, seed)) }

// batch is how many customers one transaction saves: a reader meanwhile waits for no more.
const batch = 50

// Fill makes the company, its staff and its customers. The app serves already, so that the hooks
// are ready; the register must be new. now bounds the history: nothing lies after it but plans.
func Fill(app core.App, from *random.Rand, now time.Time) ([]SignIn, error) {
	c := newCast(from, now)
	if err := save(app, "policies", map[string]any{"key": "company",
		"value": map[string]any{"name": CompanyName, "time_zone": "Asia/Shanghai",
			"open": "09:00", "close": "18:00"}}); err != nil {
		return nil, err
	}
	var signIns []SignIn
	err := app.RunInTransaction(func(tx core.App) (err error) {
		signIns, err = people(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for first := 0; first < len(c.customers); first += batch {
		err := app.RunInTransaction(func(tx core.App) error {
			for n := first; n < min(first+batch, len(c.customers)); n++ {
				if err := store(tx, &c.customers[n]); err != nil {
					return fmt.Errorf("demo: %s: %w", c.customers[n].text("name"), err)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return signIns, nil
}

// people stores the departments, the staff with their passwords, and the owner.
func people(tx core.App) ([]SignIn, error) {
	inDepartment := map[string]*core.Record{}
	for _, d := range departments {
		r, err := newRecord(tx, "departments", map[string]any{"name": d.name})
		if err != nil {
			return nil, err
		}
		if above := inDepartment[d.above]; above != nil {
			r.Set("parent", above.Id)
		}
		if err := tx.Save(r); err != nil {
			return nil, err
		}
		inDepartment[d.name] = r
	}
	owner, err := account(tx, core.CollectionNameSuperusers, ownerEmail, nil)
	if err != nil {
		return nil, err
	}
	signIns := []SignIn{{"owner", "系统所有者", ownerEmail, owner.password}}
	ids := map[string]string{}
	for _, m := range staff {
		a, err := account(tx, "staff", m.email(), map[string]any{"name": m.name, "role": m.role,
			"department": inDepartment[m.department].Id, "active": true})
		if err != nil {
			return nil, err
		}
		ids[m.login] = a.id
		signIns = append(signIns, SignIn{m.role, m.name, m.email(), a.password})
	}
	for _, d := range departments {
		inDepartment[d.name].Set("manager", ids[d.manager])
		if err := tx.Save(inDepartment[d.name]); err != nil {
			return nil, err
		}
	}
	return signIns, nil
}

type newAccount struct{ id, password string }

func account(tx core.App, collection, email string, values map[string]any) (newAccount, error) {
	r, err := newRecord(tx, collection, values)
	if err != nil {
		return newAccount{}, err
	}
	password := newPassword()
	r.SetEmail(email)
	r.SetEmailVisibility(false)
	r.SetVerified(true)
	r.SetPassword(password)
	err = tx.Save(r)
	return newAccount{r.Id, password}, err
}

// A password is three groups of four characters from an alphabet of 31 without look-alikes:
// 59 bits, and it can be read out and typed.
const passwordAlphabet = "23456789abcdefghjkmnpqrstuvwxyz"

func newPassword() string {
	password := make([]byte, 0, 14)
	for len(password) < cap(password) {
		if len(password)%5 == 4 {
			password = append(password, '-')
			continue
		}
		var b [1]byte
		rand.Read(b[:]) // never fails (crypto/rand)
		if limit := 256 - 256%len(passwordAlphabet); int(b[0]) < limit {
			password = append(password, passwordAlphabet[int(b[0])%len(passwordAlphabet)])
		}
	}
	return string(password)
}

func newRecord(app core.App, collection string, values map[string]any) (*core.Record, error) {
	c, err := app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	r := core.NewRecord(c)
	r.Load(values)
	return r, nil
}

func save(app core.App, collection string, values map[string]any) error {
	r, err := newRecord(app, collection, values)
	if err != nil {
		return err
	}
	return app.Save(r)
}

// store saves a customer as a draft, then all that belongs to it, then what came later: its
// status, the days of its stages, and a certificate number once the consent is on record.
func store(tx core.App, c *customer) error {
	r, err := newRecord(tx, "customers", c.values)
	if err != nil {
		return err
	}
	if err := tx.Save(r); err != nil {
		return err
	}
	for _, b := range []struct {
		collection string
		records    []map[string]any
	}{{"contacts", c.contacts}, {"consents", c.consents}, {"followups", c.followups},
		{"orders", c.orders}, {"tickets", c.tickets}} {
		for _, values := range b.records {
			if err := belonging(tx, b.collection, r.Id, "", values); err != nil {
				return err
			}
		}
	}
	for _, k := range c.contracts {
		if err := agreement(tx, r.Id, k); err != nil {
			return err
		}
	}
	return settle(tx, r.Id, c)
}

func belonging(tx core.App, collection, customer, contract string, values map[string]any) error {
	r, err := newRecord(tx, collection, values)
	if err != nil {
		return err
	}
	r.Set("customer", customer)
	if contract != "" {
		r.Set("contract", contract)
	}
	return tx.Save(r)
}

func agreement(tx core.App, customer string, k contract) error {
	r, err := newRecord(tx, "contracts", k.values)
	if err != nil {
		return err
	}
	r.Set("customer", customer)
	if err := tx.Save(r); err != nil {
		return err
	}
	for _, order := range k.orders {
		if err := belonging(tx, "orders", customer, r.Id, order); err != nil {
			return err
		}
	}
	return nil
}

// settle reads the customer anew: what it derives from its belongings was written meanwhile.
func settle(tx core.App, id string, c *customer) error {
	r, err := tx.FindRecordById("customers", id)
	if err != nil {
		return err
	}
	r.Set("status", c.status)
	r.Set("stage_dates", c.stageDates)
	if c.status == "active" {
		r.Set("verified", r.GetString("last_contact"))
	}
	if c.certNo != "" {
		r.Set("cert_type", "resident_id")
		r.Set("cert_no", c.certNo)
	}
	return tx.Save(r)
}
